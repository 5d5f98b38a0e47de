// Reads a part of another input, such as a sequence or an item of known length.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "dicom/byte_input.h"

namespace gateway::dicom {

class LimitedInput : public ByteInput {
 public:
  // `input` must outlive the object.
  LimitedInput(ByteInput& input, std::uint64_t length) : input_(input), left_(length) {}
  Result<std::size_t> Read(std::span<char> buffer) override {
    GATEWAY_ASSIGN(const std::size_t count, input_.Read(buffer.first(std::min<std::uint64_t>(buffer.size(), left_))));
    left_ -= count;
    return count;
  }
  Result<bool> Skip(std::uint64_t count) override {
    if (count > left_) return false;
    left_ -= count;
    return input_.Skip(count);
  }
  [[nodiscard]] std::unique_ptr<ByteInput> Ahead() const override;
  // Skips what was not read.
  Result<bool> SkipRest() { return Skip(left_); }

 private:
  class Owner;

  ByteInput& input_;
  std::uint64_t left_;
};

// Looks ahead within the same limits.
class LimitedInput::Owner : public ByteInput {
 public:
  Owner(std::unique_ptr<ByteInput> input, std::uint64_t length) : input_(std::move(input)), limited_(*input_, length) {}
  Result<std::size_t> Read(std::span<char> buffer) override { return limited_.Read(buffer); }
  Result<bool> Skip(std::uint64_t count) override { return limited_.Skip(count); }
  [[nodiscard]] std::unique_ptr<ByteInput> Ahead() const override { return limited_.Ahead(); }

 private:
  std::unique_ptr<ByteInput> input_;
  LimitedInput limited_;
};

inline std::unique_ptr<ByteInput> LimitedInput::Ahead() const {
  std::unique_ptr<ByteInput> ahead = input_.Ahead();
  if (!ahead) return nullptr;
  return std::make_unique<Owner>(std::move(ahead), left_);
}

}  // namespace gateway::dicom
