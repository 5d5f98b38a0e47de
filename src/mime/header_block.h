// The header of one MIME entity (RFC 5322 section 2.2) as it is in the file: its fields in order,
// each with its raw bytes. gmime_values interprets the values. This class only knows the limits,
// and where a header ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::mime {

class HeaderBlock {
 public:
  struct Field {
    std::string_view name;  // without the colon
    std::string_view raw;   // the whole field: name, colon, folded lines, last line end
  };
  // Returns whether a line (without its line end) is a boundary line, so that it belongs to what is
  // around the entity.
  using EndsBefore = std::function<bool(std::string_view line)>;

  // Parses the header at the start of `text`. Returns nullopt if `text` does not hold the whole
  // header yet (never if `complete`). The header ends at its blank line, before a line that is no
  // field (bodies without a header, missing blank lines), before a boundary line, or at the end.
  static std::optional<HeaderBlock> Parse(std::string text, bool complete, const EndsBefore& ends_before = {});
  // Reads the header at the start of `range`. Error: corrupt "mail-damaged" if it is larger than
  // `limit` bytes.
  static Result<HeaderBlock> Read(int fd, ByteRange range, std::uint64_t limit, const EndsBefore& ends_before = {});

  // Returns the bytes of the header with its blank line. The body starts there.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  [[nodiscard]] std::size_t count() const { return fields_.size(); }
  [[nodiscard]] Field field(std::size_t index) const;
  // Returns what was parsed, up to the end of the last field.
  [[nodiscard]] std::string_view raw_fields() const { return std::string_view(text_).substr(0, fields_end_); }
  // Returns what follows the header in the text given to Parse().
  [[nodiscard]] std::string_view rest() const { return std::string_view(text_).substr(size_); }
  // Returns the value of the first field called `name` (in any case), unfolded and trimmed. Returns
  // nullopt if there is none.
  [[nodiscard]] std::optional<std::string> Value(std::string_view name) const;
  // Returns the value of a field in the same way.
  [[nodiscard]] std::string ValueAt(std::size_t index) const;
  // Returns how many fields are called `name`.
  [[nodiscard]] std::size_t Count(std::string_view name) const;

 private:
  struct Position {
    std::size_t start;
    std::size_t name_length;
    std::size_t length;
  };

  // Takes the line [start, end). `next` is where the line after it starts. Returns false if the
  // header ends before this line.
  bool TakeLine(std::size_t start, std::size_t end, std::size_t next, const EndsBefore& ends_before);

  std::string text_;
  std::vector<Position> fields_;
  std::size_t fields_end_ = 0;
  std::size_t size_ = 0;
};

// Returns the text without white space at both ends.
std::string_view Trim(std::string_view text);

}  // namespace gateway::mime
