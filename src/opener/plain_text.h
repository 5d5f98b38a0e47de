// The plain text of a mail while it is taken apart: in memory, and in a work file where it is larger. What is in memory
// costs no file that is made, written and removed for a moment only, and leaves nothing on a disk.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "base/files.h"

namespace gateway::opener {

class PlainText : public Sink {
 public:
  using NewFile = std::function<Result<UniqueFd>()>;

  // A memfd of a size that nothing can change any more: none can be had without end through it, as no limit of a
  // process counts it. Written through a mapping, read by its descriptor, as a file is. For one object at a time, which
  // wipes it. Made before the sandbox is entered, which allows no mapping.
  class Memory {
   public:
    // Empty, where the kernel gives none.
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
    std::size_t size_ = 0;  // bytes; 0: empty
  };

  // `memory` outlives the object; an empty one: everything goes to a file.
  PlainText(const Memory& memory, NewFile new_file) : memory_(memory), new_file_(std::move(new_file)) {}
  ~PlainText() override;
  PlainText(const PlainText&) = delete;
  PlainText& operator=(const PlainText&) = delete;

  Result<void> Write(std::string_view bytes) override;
  // Call before fd() is read.
  Result<void> Flush();
  // While the object lives.
  [[nodiscard]] int fd() const { return file_ ? file_.get() : memory_.fd(); }
  // Of the text: fd() may hold more.
  [[nodiscard]] std::uint64_t size() const { return sink_ ? sink_->written() : in_memory_; }

 private:
  Result<void> MoveToFile();

  const Memory& memory_;
  const NewFile new_file_;
  std::uint64_t in_memory_ = 0;  // bytes, of the text or of its beginning
  UniqueFd file_;
  std::optional<FdSink> sink_;  // of the file
};

}  // namespace gateway::opener
