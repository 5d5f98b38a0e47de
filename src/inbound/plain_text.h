// The plain text of a mail while it is taken apart: in memory, and in a work file where it is larger. What is in memory
// costs no file that is made, written and removed for a moment only, and leaves nothing on a disk.
#pragma once

#include <functional>
#include <optional>

#include "base/files.h"

namespace gateway::inbound {

class PlainText : public Sink {
 public:
  using NewFile = std::function<Result<UniqueFd>()>;

  // A memfd of a size that nothing can change any more: none can be had without end through it, as no limit of a
  // process counts it. None, where the kernel gives none.
  static UniqueFd NewMemory();

  // `memory`: of NewMemory(), for one object at a time, which wipes it; none (-1): everything goes to a file. Not
  // owned.
  PlainText(int memory, NewFile new_file) : memory_(memory), new_file_(std::move(new_file)) {}
  ~PlainText() override;
  PlainText(const PlainText&) = delete;
  PlainText& operator=(const PlainText&) = delete;

  Result<void> Write(std::string_view bytes) override;
  // Call before fd() is read.
  Result<void> Flush();
  // While the object lives.
  [[nodiscard]] int fd() const { return file_ ? file_.get() : memory_; }
  // Of the text: fd() may hold more.
  [[nodiscard]] std::uint64_t size() const { return sink_ ? sink_->written() : 0; }

 private:
  Result<void> Begin();
  Result<void> MoveToFile();
  Result<void> Wipe(std::uint64_t size);

  const int memory_;
  const NewFile new_file_;
  UniqueFd file_;
  std::uint64_t in_memory_ = 0;  // bytes
  std::optional<FdSink> sink_;
};

}  // namespace gateway::inbound
