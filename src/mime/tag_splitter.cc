#include "mime/tag_splitter.h"

#include <cstddef>

#include "mime/letter_kinds.h"

namespace gateway::mime {
namespace {

// In prose, "<" stands before a blank or a number.
bool BeginsTag(std::string_view text) {
  return text.size() > 1 && text.front() == '<' &&
         (IsSmall(text[1]) || IsCapital(text[1]) || text[1] == '/' || text[1] == '!');
}

std::size_t EndOfTag(std::string_view text) {
  const std::size_t end = text.find('>');
  return end == std::string_view::npos ? text.size() : end + 1;
}

std::size_t NextTag(std::string_view text) {
  std::size_t at = text.find('<', 1);
  while (at != std::string_view::npos && !BeginsTag(text.substr(at))) at = text.find('<', at + 1);
  return at;
}

}  // namespace

TagSplitter::Piece TagSplitter::Next(std::string_view& line) {
  const bool is_tag = in_tag_ || BeginsTag(line);
  const Piece piece{line.substr(0, is_tag ? EndOfTag(line) : NextTag(line)), is_tag};
  line.remove_prefix(piece.text.size());
  in_tag_ = is_tag && !piece.text.ends_with('>');
  return piece;
}

}  // namespace gateway::mime
