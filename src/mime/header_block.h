// The header of one MIME entity (RFC 5322 section 2.2) as it stands in the file: its fields in order, each with its
// raw bytes. What values mean is gmime_values' business; here are only the limits and where a header ends.
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
  // Whether a line (without its line end) belongs to what stands around the entity: a boundary line.
  using EndsBefore = std::function<bool(std::string_view line)>;

  // Parses the header at the start of `text`. nullopt: `text` holds no whole header yet (never when `complete`). The
  // header ends at its blank line, before a line that is no field (bodies without a header, missing blank lines),
  // before a boundary line, or at the end.
  static std::optional<HeaderBlock> Parse(std::string text, bool complete, const EndsBefore& ends_before = {});
  // Reads the header at the start of `range`. corrupt "mail-damaged" when it is larger than `limit`.
  static Result<HeaderBlock> Read(int fd, ByteRange range, std::uint64_t limit, const EndsBefore& ends_before = {});

  // Bytes the header takes, with the blank line: where the body starts.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  [[nodiscard]] std::size_t count() const { return fields_.size(); }
  [[nodiscard]] Field field(std::size_t index) const;
  // What was parsed, up to the end of the last field; and what follows the header in the text given to Parse().
  [[nodiscard]] std::string_view raw_fields() const { return std::string_view(text_).substr(0, fields_end_); }
  [[nodiscard]] std::string_view rest() const { return std::string_view(text_).substr(size_); }
  // The value of the first field called `name` (in any case), unfolded and trimmed; nullopt when there is none.
  [[nodiscard]] std::optional<std::string> Value(std::string_view name) const;
  // How many fields are called `name`.
  [[nodiscard]] std::size_t Count(std::string_view name) const;

 private:
  struct Position {
    std::size_t start;
    std::size_t name_length;
    std::size_t length;
  };

  // Takes the line [start, end), `next` being where the line after it starts; false: the header ends before it.
  bool TakeLine(std::size_t start, std::size_t end, std::size_t next, const EndsBefore& ends_before);

  std::string text_;
  std::vector<Position> fields_;
  std::size_t fields_end_ = 0;
  std::size_t size_ = 0;
};

// Without white space at both ends.
std::string_view Trim(std::string_view text);

}  // namespace gateway::mime
