#include "inbound/plain_text.h"

#include <unistd.h>

#include <cerrno>

namespace gateway::inbound {
namespace {

constexpr std::uint64_t kMostInMemory = 8'388'608;

}  // namespace

PlainText::~PlainText() {
  // Should it fail, Begin() fails for the next mail.
  [[maybe_unused]] const int emptied = memory_ < 0 ? 0 : ::ftruncate(memory_, 0);
}

Result<void> PlainText::Begin() {
  if (sink_) return {};
  if (memory_ < 0) return MoveToFile();
  if (::ftruncate(memory_, 0) != 0 || ::lseek(memory_, 0, SEEK_SET) != 0) {
    return ErrorFromErrno(errno, "empty", "memory");
  }
  sink_.emplace(memory_);
  return {};
}

Result<void> PlainText::MoveToFile() {
  GATEWAY_ASSIGN(UniqueFd file, new_file_());
  std::uint64_t size = 0;
  if (sink_) {
    GATEWAY_TRY(sink_->Flush());
    size = sink_->written();
  }
  file_ = std::move(file);
  sink_.emplace(file_.get());
  FdSource so_far(memory_, {0, size});
  GATEWAY_ASSIGN([[maybe_unused]] const std::uint64_t copied, Copy(so_far, *sink_));
  return {};
}

Result<void> PlainText::Write(std::string_view bytes) {
  GATEWAY_TRY(Begin());
  if (!file_ && sink_->written() + bytes.size() > kMostInMemory) GATEWAY_TRY(MoveToFile());
  return sink_->Write(bytes);
}

Result<void> PlainText::Flush() {
  GATEWAY_TRY(Begin());
  return sink_->Flush();
}

}  // namespace gateway::inbound
