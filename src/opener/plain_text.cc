#include "opener/plain_text.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace gateway::opener {

PlainText::Memory::Memory(std::size_t size) : fd_(::memfd_create("plain-text", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  const bool sealed = fd_ && ::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0 &&
                      ::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0;
  void* mapped = sealed ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0) : MAP_FAILED;
  if (mapped == MAP_FAILED) {
    fd_.Reset();
    return;
  }
  data_ = static_cast<char*>(mapped);
  size_ = size;
}

PlainText::Memory::~Memory() {
  if (size_ > 0) (void)::munmap(data_, size_);
}

PlainText::~PlainText() {
  // The next mail must not find this one's text.
  if (in_memory_ > 0) ::explicit_bzero(memory_.data(), in_memory_);
}

Result<void> PlainText::MoveToFile() {
  GATEWAY_ASSIGN(file_, new_file_());
  sink_.emplace(file_.get());
  return sink_->Write({memory_.data(), in_memory_});
}

Result<void> PlainText::Write(std::string_view bytes) {
  if (!sink_ && memory_.size() > 0 && bytes.size() <= memory_.size() - in_memory_) {
    std::memcpy(memory_.data() + in_memory_, bytes.data(), bytes.size());
    in_memory_ += bytes.size();
    return {};
  }
  // The text is too large for the memory. All of it goes to one file, so that readers find it in
  // one place.
  if (!sink_) GATEWAY_TRY(MoveToFile());
  return sink_->Write(bytes);
}

Result<void> PlainText::Flush() {
  // Without memory there must still be a file to read from.
  if (!sink_ && memory_.size() == 0) GATEWAY_TRY(MoveToFile());
  return sink_ ? sink_->Flush() : Result<void>();
}

}  // namespace gateway::opener
