#include "mime/dash_line_scanner.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/files.h"

namespace gateway::mime {
namespace {

constexpr std::uint64_t kWindow = 131'072;

}  // namespace

DashLineScanner::DashLineScanner(int fd, ByteRange range)
    : fd_(fd), begin_(range.offset), end_(range.offset + range.length) {}

Result<void> DashLineScanner::MoveWindow(std::uint64_t position) {
  const std::uint64_t window_end = window_start_ + window_.size();
  const std::uint64_t first = std::max(begin_, position < 2 ? 0 : position - 2);
  const std::uint64_t last = std::min(end_, position + kLongestLine);
  if (first >= window_start_ && last <= window_end) return {};
  window_start_ = first;
  window_.resize(std::min(kWindow, end_ - first));
  FdSource source(fd_, {first, window_.size()});
  GATEWAY_ASSIGN([[maybe_unused]] const std::size_t filled, ReadFully(source, window_));
  return {};
}

std::optional<DashLine> DashLineScanner::LineAt(std::uint64_t start) const {
  if (start + 1 >= end_ || At(start + 1) != '-') return std::nullopt;
  if (start > begin_ && At(start - 1) != '\n') return std::nullopt;
  const std::string_view rest = std::string_view(window_).substr(start - window_start_, kLongestLine);
  const std::size_t newline = rest.find('\n');
  DashLine line;
  line.start = start;
  if (newline == std::string_view::npos) {
    // The line goes on, and is too long for a boundary line.
    if (start + rest.size() < end_) return std::nullopt;
    line.text = rest;
    line.next = end_;
    line.end = DashLine::none;
  } else {
    const bool crlf = newline > 0 && rest[newline - 1] == '\r';
    line.text = rest.substr(0, newline - (crlf ? 1 : 0));
    line.next = start + newline + 1;
    line.end = crlf ? DashLine::crlf : DashLine::lf;
  }
  if (start > begin_) line.line_end_before = start >= begin_ + 2 && At(start - 2) == '\r' ? 2 : 1;
  return line;
}

Result<std::optional<DashLine>> DashLineScanner::Next(std::uint64_t from) {
  std::uint64_t position = from;
  while (position < end_) {
    GATEWAY_TRY(MoveWindow(position));
    const char* found = nullptr;
    const std::uint64_t window_end = window_start_ + window_.size();
    if (position < window_end) {
      found = static_cast<const char*>(
          std::memchr(&window_[position - window_start_], '-', static_cast<std::size_t>(window_end - position)));
    }
    if (!found) {
      position = window_end;
      continue;
    }
    const std::uint64_t start = window_start_ + static_cast<std::uint64_t>(found - window_.data());
    GATEWAY_TRY(MoveWindow(start));
    if (auto line = LineAt(start)) return line;
    position = start + 1;
  }
  return std::optional<DashLine>();
}

}  // namespace gateway::mime
