// Finds the marks of OpenPGP armor in a line of text, "BEGIN PGP MESSAGE" and its kin. A mail
// program may have changed the dashes and blanks around them, or put blanks between their letters.
// Private to this folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gateway::mime {

enum class MarkKind {
  message,  // begins a message
  other,    // begins a key, a signature, a certificate
  end,      // ends a message
  other_end,
};

struct Mark {
  MarkKind kind = MarkKind::message;
  std::size_t start = 0;
  std::size_t end = 0;
};

// Finds the first mark that starts at `from` or behind it, and before `limit`. It may end behind
// `limit`. `before` is the byte before `line`.
std::optional<Mark> FindMark(std::string_view line, std::size_t from, std::size_t limit, char before);

// These two tell whether a line holds nothing but a mark. Before the mark there may be dashes, a
// tag of HTML, and signs that quote or indent it. Behind it there may be dashes, ", PART 1/2" or a
// tag.
bool IsBare(std::string_view before);
bool IsLast(std::string_view after);
// Returns whether nothing follows the mark of a key, a signature or a certificate but its name.
bool NamesNoMessage(std::string_view after);

}  // namespace gateway::mime
