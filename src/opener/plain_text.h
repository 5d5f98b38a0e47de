// The plain text of a mail while it is taken apart. It stays in memory, and goes to a work file
// only if it is larger. Text in memory saves a file that is made, written and removed at once, and
// leaves nothing on a disk.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "base/files.h"

namespace gateway::opener {

class PlainText : public Sink {
 public:
  using NewFile = std::function<Result<UniqueFd>()>;

  // A memfd whose size cannot change any more. So nobody can use it to get memory without end,
  // which no limit of a process would count. It is written through a mapping, and read by its
  // descriptor like a file. One object at a time uses it, and wipes it. It must be made before the
  // worker enters the sandbox, which allows no mapping.
  class Memory {
   public:
    // The memory is empty if the kernel gives none.
    explicit Memory(std::size_t size = 8'388'608);
    ~Memory();
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] char* data() const { return data_; }
    [[nodiscard]] std::size_t size() const { return size_; }

   private:
    UniqueFd fd_;
    char* data_ = nullptr;
    std::size_t size_ = 0;  // bytes; 0 if it is empty
  };

  // `memory` must outlive the object. If it is empty, everything goes to a file.
  PlainText(const Memory& memory, NewFile new_file) : memory_(memory), new_file_(std::move(new_file)) {}
  ~PlainText() override;
  PlainText(const PlainText&) = delete;
  PlainText& operator=(const PlainText&) = delete;

  Result<void> Write(std::string_view bytes) override;
  // Call it before fd() is read.
  Result<void> Flush();
  // Valid while the object lives.
  [[nodiscard]] int fd() const { return file_ ? file_.get() : memory_.fd(); }
  // Returns the size of the text. fd() may hold more.
  [[nodiscard]] std::uint64_t size() const { return sink_ ? sink_->written() : in_memory_; }

 private:
  Result<void> MoveToFile();

  const Memory& memory_;
  const NewFile new_file_;
  std::uint64_t in_memory_ = 0;  // bytes of the text, or of its beginning
  UniqueFd file_;
  std::optional<FdSink> sink_;  // writes to file_
};

}  // namespace gateway::opener
