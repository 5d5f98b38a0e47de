// Standard output and error of every command. What comes from outside (a mail, a key, an answer, a file's name) may
// hold what a terminal obeys, so all but the words of our own source is made printable (base/printable.h) here.
// tests/foreign_strings.py holds the rest of the source to it.
#pragma once

#include <concepts>
#include <cstddef>
#include <ostream>
#include <string_view>
#include <type_traits>

namespace gateway::cli {

// Known when the source is compiled: an array that holds something else does not become one.
struct Literal {
  template <std::size_t size>
  consteval Literal(const char (&literal)[size]) : text(literal, size - 1) {}  // NOLINT(google-explicit-constructor)
  std::string_view text;
};

class Output {
 public:
  explicit Output(std::ostream& stream) : stream_(stream) {}

  // The only text with line ends.
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
  // Text of several lines, ended by LF or CR LF; each is made printable by itself.
  Output& Lines(std::string_view foreign);

 private:
  Output& Foreign(std::string_view text);

  std::ostream& stream_;
};

Output& Out();  // standard output
Output& Err();  // standard error

}  // namespace gateway::cli
