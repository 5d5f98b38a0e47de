#include "cli/output.h"

#include <iostream>

#include "base/printable.h"

namespace gateway::cli {

Output& Output::Foreign(std::string_view text) {
  stream_ << Printable(text);
  return *this;
}

Output& Output::Lines(std::string_view foreign) {
  while (!foreign.empty()) {
    const std::size_t found = foreign.find('\n');
    if (found == std::string_view::npos) return Foreign(foreign);
    const bool two = found > 0 && foreign[found - 1] == '\r';
    Foreign(foreign.substr(0, two ? found - 1 : found));
    stream_ << (two ? "\r\n" : "\n");
    foreign.remove_prefix(found + 1);
  }
  return *this;
}

Output& Out() {
  static Output output(std::cout);
  return output;
}

Output& Err() {
  static Output output(std::cerr);
  return output;
}

}  // namespace gateway::cli
