// What the mail doctor found: the structure of a mail, and where it departs from what it should be. Everything in it is
// printable: nothing that a terminal obeys comes from a mail.
#pragma once

#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inspect/rules.h"

namespace gateway::inspect {

// Valid UTF-8 without control, format and line-break characters; at most 500 characters.
std::string Printable(std::string_view text);

// Something with fields and further things in it: a header, a part.
struct Section {
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;
  std::list<Section> sections;  // a list: references into it stay good

  // Made printable; an empty value adds nothing.
  void Add(std::string_view key, std::string_view value);
  Section& Open(std::string_view section);
};

struct Departure {
  const Rule* rule;
  std::string place;  // "part 3"; may be empty
};

class Findings {
 public:
  // Of one rule the first ten are kept, and the number of all.
  void Report(const Rule& rule, std::string_view place = {});

  [[nodiscard]] const std::vector<Departure>& departures() const { return departures_; }
  // How many of `rule` were not kept.
  [[nodiscard]] unsigned Left(const Rule& rule) const;
  // Nothing but notes.
  [[nodiscard]] bool clean() const { return clean_; }

  Section structure;

 private:
  std::vector<Departure> departures_;
  std::map<std::string_view, unsigned> counts_;
  bool clean_ = true;
};

std::string_view NameOf(Severity severity);

}  // namespace gateway::inspect
