// Holds what the mail doctor found: the structure of a mail, and where it departs from the rules.
// Everything in it is printable, so no part of a mail can control a terminal.
#pragma once

#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inspect/rules.h"

namespace gateway::inspect {

// Returns valid UTF-8 without control, format and line-break characters, and with at most 500
// characters.
std::string Printable(std::string_view text);

// A section is something with fields and further sections in it, such as a header or a part.
struct Section {
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;
  std::list<Section> sections;  // a list, so that references into it stay good

  // Makes key and value printable. An empty value adds nothing.
  void Add(std::string_view key, std::string_view value);
  Section& Open(std::string_view section);
};

struct Departure {
  const Rule* rule;
  std::string place;  // "part 3"; may be empty
};

class Findings {
 public:
  // Keeps the first ten departures from each rule, and the number of all.
  void Add(const Rule& rule, std::string_view place = {});

  [[nodiscard]] const std::vector<Departure>& departures() const { return departures_; }
  // Returns how many departures from `rule` were not kept.
  [[nodiscard]] unsigned Left(const Rule& rule) const;
  // Returns true if there are only notes.
  [[nodiscard]] bool clean() const { return clean_; }

  Section structure;

 private:
  std::vector<Departure> departures_;
  std::map<std::string_view, unsigned> counts_;
  bool clean_ = true;
};

std::string_view NameOf(Severity severity);

}  // namespace gateway::inspect
