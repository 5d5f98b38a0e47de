#include "mime/line_ends.h"

#include <algorithm>
#include <cstring>

namespace gateway::mime {

Result<void> CrlfSink::Write(std::string_view bytes) {
  std::size_t done = 0;  // all bytes before it are written
  std::size_t from = 0;
  while (from < bytes.size()) {
    const std::size_t newline = bytes.find('\n', from);
    if (newline == std::string_view::npos) break;
    const char before = newline == 0 ? last_ : bytes[newline - 1];
    if (before != '\r') {
      GATEWAY_TRY(sink_.Write(bytes.substr(done, newline - done)));
      GATEWAY_TRY(sink_.Write("\r\n"));
      done = newline + 1;
    }
    from = newline + 1;
  }
  if (bytes.empty()) return {};
  last_ = bytes.back();
  return sink_.Write(bytes.substr(done));
}

Result<void> CrlfSink::FinishLine() {
  if (last_ == '\n') return {};
  return Write(last_ == '\r' ? "\n" : "\r\n");
}

Result<std::size_t> CrlfSource::Read(std::span<char> buffer) {
  while (position_ == buffer_.text.size()) {
    buffer_.text.clear();
    position_ = 0;
    GATEWAY_ASSIGN(const std::size_t count, source_->Read(raw_));
    if (count == 0) return std::size_t{0};
    GATEWAY_TRY(converter_.Write({raw_.data(), count}));
  }
  const std::size_t count = std::min(buffer.size(), buffer_.text.size() - position_);
  std::memcpy(buffer.data(), buffer_.text.data() + position_, count);
  position_ += count;
  return count;
}

}  // namespace gateway::mime
