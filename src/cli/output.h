// Standard output and standard error of every command. Text from outside (a mail, a key, an answer,
// a file's name) may hold control characters that a terminal obeys. So everything but the words of
// our own source is made printable here (base/printable.h). tests/foreign_strings.py makes sure
// that the rest of the source uses this.
#pragma once

#include <concepts>
#include <cstddef>
#include <ostream>
#include <string_view>
#include <type_traits>

namespace gateway::cli {

// Text that is known when the source is compiled. An array that holds something else cannot become
// a Literal.
struct Literal {
  template <std::size_t size>
  consteval Literal(const char (&literal)[size]) : text(literal, size - 1) {}  // NOLINT(google-explicit-constructor)
  std::string_view text;
};

class Output {
 public:
  explicit Output(std::ostream& stream) : stream_(stream) {}

  // Only this text may contain line ends.
  Output& operator<<(Literal literal) {
    stream_ << literal.text;
    return *this;
  }
  template <std::convertible_to<std::string_view> Text>
  requires(!std::is_array_v<Text>) Output& operator<<(const Text& foreign) { return Foreign(foreign); }
  template <std::integral Number>
  requires(!std::same_as<Number, bool> && !std::same_as<Number, char>) Output& operator<<(Number number) {
    stream_ << number;
    return *this;
  }
  // Writes text of several lines, which end with LF or CR LF. Each line is made printable by
  // itself.
  Output& Lines(std::string_view foreign);

 private:
  Output& Foreign(std::string_view text);

  std::ostream& stream_;
};

Output& Out();  // standard output
Output& Err();  // standard error

}  // namespace gateway::cli
