// Cleans descriptions (PS3.15 section E.3.5): what is known to describe examinations stays, and
// every other word goes, because it could be a name.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace gateway::dicom {

class KnownWords {
 public:
  // `more` are the site's own words, in UTF-8, beside those of the gateway's list. Case does not
  // matter.
  explicit KnownWords(const std::vector<std::string>& more);

  // Returns what may stay of a value in the character set that `defined_terms` name. The result is
  // in the same set. It is empty if nothing may stay. Several values, which backslashes separate,
  // stay as many.
  //
  // A number stays if it has at most three digits and is no part of something longer than two
  // numbers, so that no date, telephone number or identifier remains. Numbers belong together if no
  // word stands between them. Two of them stay only if blanks, points and commas separate them.
  [[nodiscard]] std::string Clean(std::string_view value, const std::string& defined_terms) const;

 private:
  [[nodiscard]] bool Knows(std::string_view word, const std::string& defined_terms) const;

  std::unordered_set<std::string> words_;  // lower case, normalisation form C
};

}  // namespace gateway::dicom
