#include "inbound/plain_text.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace gateway::inbound {
namespace {

constexpr std::uint64_t kMostInMemory = 8'388'608;
constexpr std::uint64_t kPiece = 65'536;

}  // namespace

UniqueFd PlainText::NewMemory() {
  UniqueFd memory(::memfd_create("plain-text", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const bool sealed = memory && ::ftruncate(memory.get(), kMostInMemory) == 0 &&
                      ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0;
  if (!sealed) memory.Reset();
  return memory;
}

PlainText::~PlainText() {
  // The next mail is not to find this one.
  if (memory_ >= 0) (void)Wipe(in_memory_);
}

Result<void> PlainText::Wipe(std::uint64_t size) {
  if (::lseek(memory_, 0, SEEK_SET) != 0) return ErrorFromErrno(errno, "wipe", "memory");
  const std::string zeros(static_cast<std::size_t>(std::min(size, kPiece)), '\0');
  for (std::uint64_t done = 0; done < size; done += kPiece) {
    GATEWAY_TRY(WriteAll(memory_, std::string_view(zeros).substr(0, std::min(size - done, kPiece))));
  }
  return {};
}

Result<void> PlainText::Begin() {
  if (sink_) return {};
  if (memory_ < 0) return MoveToFile();
  if (::lseek(memory_, 0, SEEK_SET) != 0) return ErrorFromErrno(errno, "rewind", "memory");
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
  if (!file_) in_memory_ += bytes.size();
  return sink_->Write(bytes);
}

Result<void> PlainText::Flush() {
  GATEWAY_TRY(Begin());
  return sink_->Flush();
}

}  // namespace gateway::inbound
