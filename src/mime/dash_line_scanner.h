// Finds the lines of a file that start with "--", because only these can be boundary lines (RFC
// 2046 section 5.1.1). It looks for the dashes and not for the lines. Base64 has no dashes, so a
// payload passes at the speed of memchr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::mime {

struct DashLine {
  std::uint64_t start = 0;           // where the line starts
  std::uint64_t next = 0;            // where the line after it starts
  std::string_view text;             // without its line end; valid until the next call
  enum { lf, crlf, none } end = lf;  // how the line ends; none: at the end of the range
  unsigned line_end_before = 0;      // bytes of the line end before it: 2 for CRLF, 1 for LF, 0 at the range's start
};

class DashLineScanner {
 public:
  DashLineScanner(int fd, ByteRange range);
  // Returns the first such line at or after `from`, which must be the start of a line. Lines that
  // are too long for a boundary line are passed over.
  Result<std::optional<DashLine>> Next(std::uint64_t from);

 private:
  static constexpr std::uint64_t kLongestLine = 1024;

  // Makes the window hold `position`, the line end before it, and a whole boundary line after it.
  Result<void> MoveWindow(std::uint64_t position);
  [[nodiscard]] char At(std::uint64_t position) const { return window_[position - window_start_]; }
  [[nodiscard]] std::optional<DashLine> LineAt(std::uint64_t start) const;

  int fd_;
  std::uint64_t begin_;
  std::uint64_t end_;
  std::string window_;
  std::uint64_t window_start_ = 0;
};

}  // namespace gateway::mime
