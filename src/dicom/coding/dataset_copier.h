// Copies a data set and puts other pixel data in it. Private to src/dicom.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dicom/byte_input.h"
#include "dicom/element_reader.h"
#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::dicom {

// An element of the data set itself that gets another value. It is put in its place if it is not
// there.
struct StorageElement {
  std::uint32_t tag = 0;
  std::array<char, 2> vr{};
  std::string value;
};

// Every element is copied byte for byte, except for those that `changes` name, for the old pixel
// data, and for what only belongs to these: tables of offsets, and group lengths that would be
// wrong.
class DatasetCopier {
 public:
  // `input` has Explicit VR Little Endian and stands where the data set begins. `changes` are in
  // the order of their tags. References must outlive the object.
  DatasetCopier(ByteInput& input, Sink& out, std::vector<StorageElement> changes)
      : input_(input, out), reader_(input_, {}), out_(out), changes_(std::move(changes)) {}

  // Copies all that stands before the pixel data, and passes over these. Returns false if there are
  // none, and then everything was copied.
  Result<bool> CopyToPixels();
  // Copies all that stands behind the pixel data.
  Result<void> CopyRest();

 private:
  enum class Mode {
    keep,  // what is read, until it is known whether it is copied
    copy,
    pass
  };
  class Recorder : public ByteInput {
   public:
    Recorder(ByteInput& input, Sink& out) : input_(input), out_(out) {}
    Result<std::size_t> Read(std::span<char> buffer) override;
    Result<bool> Skip(std::uint64_t count) override;
    [[nodiscard]] std::unique_ptr<ByteInput> Ahead() const override { return input_.Ahead(); }
    void Forget() { kept_.clear(); }
    Result<void> Copy();
    void set_mode(Mode mode) { mode_ = mode; }

   private:
    ByteInput& input_;
    Sink& out_;
    std::string kept_;
    Mode mode_ = Mode::keep;
  };

  Result<void> TakeValue(const Element& element, Mode mode);
  Result<void> CopyElement(const Element& element);
  Result<void> PutChangesBefore(std::uint32_t tag);
  Result<void> Put(const StorageElement& element);
  [[nodiscard]] bool IsDropped(std::uint32_t tag) const;

  Recorder input_;
  ElementReader reader_;
  Sink& out_;
  std::vector<StorageElement> changes_;
  std::size_t put_ = 0;  // how many of the changes were made
};

}  // namespace gateway::dicom
