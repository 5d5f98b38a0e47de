#include "mime/header_block.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/files.h"
#include "mime/error_codes.h"

namespace gateway::mime {
namespace {

constexpr std::uint64_t kFirstRead = 4096;
constexpr std::size_t kLongestLine = 998;  // RFC 5322 section 2.1.1
constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

// A field name follows RFC 5322 section 3.6.8, with white space before the colon (section 4.5).
// Returns 0 if the line starts no field.
std::size_t FieldNameLength(std::string_view line) {
  const auto name_end =
      std::find_if(line.begin(), line.end(), [](unsigned char c) { return c <= 32 || c >= 127 || c == ':'; });
  const std::size_t length = static_cast<std::size_t>(name_end - line.begin());
  std::size_t colon = length;
  while (colon < line.size() && IsBlank(line[colon])) ++colon;
  return colon < line.size() && line[colon] == ':' ? length : 0;
}

// Returns whether a line whose beginning is known may be a field. A binary body has no line end for
// a long time.
bool MayBecomeField(std::string_view beginning) {
  if (beginning.empty() || FieldNameLength(beginning) > 0) return true;
  const bool all_of_name = std::all_of(beginning.begin(), beginning.end(), [](unsigned char c) {
    return (c > 32 && c < 127) || c == '\r' || IsBlank(static_cast<char>(c));
  });
  return all_of_name && beginning.size() < kLongestLine;
}

Result<void> ReadUpTo(int fd, ByteRange range, std::string& text) {
  FdSource source(fd, range);
  const std::size_t before = text.size();
  text.resize(before + range.length);
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, std::span(text).subspan(before)));
  text.resize(before + count);
  return {};
}

}  // namespace

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

bool HeaderBlock::TakeLine(std::size_t start, std::size_t end, std::size_t next, const EndsBefore& ends_before) {
  const std::string_view line = std::string_view(text_).substr(start, end - start);
  if (ends_before && line.starts_with("--") && ends_before(line)) return false;
  // A line that begins with a blank continues the field before it (RFC 5322 section 2.2.3).
  if (IsBlank(line.front()) && !fields_.empty()) {
    fields_.back().length = next - fields_.back().start;
    return true;
  }
  const std::size_t name_length = FieldNameLength(line);
  if (name_length == 0) return false;
  fields_.push_back({start, name_length, next - start});
  return true;
}

std::optional<HeaderBlock> HeaderBlock::Parse(std::string text, bool complete, const EndsBefore& ends_before) {
  HeaderBlock block;
  block.text_ = std::move(text);
  const std::string_view all = block.text_;
  std::size_t start = 0;
  while (start < all.size()) {
    const std::size_t newline = all.find('\n', start);
    if (newline == std::string_view::npos && !complete) {
      const bool folded = IsBlank(all[start]) && !block.fields_.empty();
      if (folded || MayBecomeField(all.substr(start))) return std::nullopt;
    }
    const std::size_t next = newline == std::string_view::npos ? all.size() : newline + 1;
    std::size_t end = newline == std::string_view::npos ? all.size() : newline;
    if (end > start && newline != std::string_view::npos && all[end - 1] == '\r') --end;
    if (end == start) {  // the blank line
      block.size_ = next;
      return block;
    }
    if (!block.TakeLine(start, end, next, ends_before)) {
      block.size_ = start;
      return block;
    }
    block.fields_end_ = next;
    start = next;
  }
  if (!complete) return std::nullopt;
  block.size_ = all.size();
  return block;
}

Result<HeaderBlock> HeaderBlock::Read(int fd, ByteRange range, std::uint64_t limit, const EndsBefore& ends_before) {
  std::string text;
  std::uint64_t wanted = std::min(kFirstRead, limit);
  while (true) {
    const std::uint64_t length = std::min(wanted, range.length);
    GATEWAY_TRY(ReadUpTo(fd, {range.offset + text.size(), length - text.size()}, text));
    const bool complete = length == range.length;
    // Doubling keeps the work linear, although each round parses from the start.
    if (auto block = Parse(text, complete, ends_before)) return std::move(*block);
    if (wanted >= limit) return Corrupt(codes::kMailDamaged, "a header is larger than the limit");
    wanted = std::min(wanted * 2, limit);
  }
}

HeaderBlock::Field HeaderBlock::field(std::size_t index) const {
  const Position& position = fields_[index];
  const std::string_view raw = std::string_view(text_).substr(position.start, position.length);
  return {raw.substr(0, position.name_length), raw};
}

std::optional<std::string> HeaderBlock::Value(std::string_view name) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (EqualIgnoringCase(field(i).name, name)) return ValueAt(i);
  }
  return std::nullopt;
}

std::string HeaderBlock::ValueAt(std::size_t index) const {
  const std::string_view raw = field(index).raw;
  std::string value(Trim(raw.substr(raw.find(':') + 1)));
  std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
  return value;
}

std::size_t HeaderBlock::Count(std::string_view name) const {
  std::size_t matches = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) matches += EqualIgnoringCase(field(i).name, name) ? 1 : 0;
  return matches;
}

}  // namespace gateway::mime
