#include "mail/line_reader.h"

#include <algorithm>

namespace gateway::mail {
namespace {

constexpr std::size_t kReadSize = 262'144;
constexpr std::size_t kProgress = 16'384;

}  // namespace

Result<void> LineReader::ReadLine(std::string& line, Deadline deadline) {
  std::size_t seen = 0;
  for (;;) {
    const std::size_t end = buffer_.find('\n', position_ + seen);
    if (end != std::string::npos) {
      line.append(buffer_, position_, end - position_);
      position_ = end + 1;
      if (line.ends_with('\r')) line.pop_back();
      if (line.size() > longest_) return stream_.Lost("a line without end");
      return {};
    }
    seen = buffer_.size() - position_;
    if (line.size() + seen > longest_) return stream_.Lost("a line without end");
    GATEWAY_TRY(Fill(deadline));
  }
}

Result<void> LineReader::ReadBytes(std::uint64_t length, Sink& sink, Seconds patience, Deadline last_moment) {
  const std::size_t held = std::min<std::uint64_t>(length, buffer_.size() - position_);
  if (held > 0) GATEWAY_TRY(sink.Write(std::string_view(buffer_).substr(position_, held)));
  position_ += held;
  length -= held;
  incoming_.resize(kReadSize);
  Deadline deadline = std::chrono::steady_clock::now() + patience;
  for (std::size_t progress = 0; length > 0;) {
    const std::span<char> space(incoming_.data(), std::min<std::uint64_t>(length, kReadSize));
    GATEWAY_ASSIGN(const std::size_t count, stream_.Read(space, std::min(deadline, last_moment)));
    GATEWAY_TRY(sink.Write({incoming_.data(), count}));
    length -= count;
    progress += count;
    if (progress < kProgress) continue;
    progress = 0;
    deadline = std::chrono::steady_clock::now() + patience;
  }
  return {};
}

Result<void> LineReader::Fill(Deadline deadline) {
  buffer_.erase(0, position_);
  position_ = 0;
  incoming_.resize(kReadSize);
  const auto count = stream_.Read(incoming_, deadline);
  if (!count) return count.error();
  buffer_.append(incoming_.data(), *count);
  return {};
}

}  // namespace gateway::mail
