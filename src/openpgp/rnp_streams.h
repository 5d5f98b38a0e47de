// Gives RNP a Source as its input and a Sink as its output. RNP only knows that a callback failed.
// The Error that made it fail is kept here, and takes precedence over what RNP reports.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/stream.h"
#include "openpgp/rnp_handles.h"

namespace gateway::openpgp {

class SourceInput {
 public:
  explicit SourceInput(Source& source);
  SourceInput(const SourceInput&) = delete;
  SourceInput& operator=(const SourceInput&) = delete;

  // Returns null if there is no memory. RNP's operations refuse that.
  [[nodiscard]] rnp_input_t get() const { return input_.get(); }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  static bool Read(void* context, void* buffer, std::size_t size, std::size_t* count) noexcept;

  Source& source_;
  bool at_end_ = false;
  std::optional<Error> error_;
  InputHandle input_;
};

class SinkOutput {
 public:
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

  // Fails with corrupt "opened-too-large" before more than `limit` bytes reach the sink.
  explicit SinkOutput(Sink& sink, std::uint64_t limit = kUnlimited);
  SinkOutput(const SinkOutput&) = delete;
  SinkOutput& operator=(const SinkOutput&) = delete;

  [[nodiscard]] rnp_output_t get() const { return output_.get(); }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  static bool Write(void* context, const void* bytes, std::size_t size) noexcept;

  Sink& sink_;
  std::uint64_t left_;
  std::optional<Error> error_;
  OutputHandle output_;
};

// `bytes` stays with the caller, unchanged, as long as the handle lives.
InputHandle InputFromMemory(std::string_view bytes);
OutputHandle OutputToMemory();
std::string MemoryContent(rnp_output_t output);

}  // namespace gateway::openpgp
