#include "openpgp/rnp_streams.h"

#include "base/error_codes.h"
#include "policy/error_codes.h"

namespace gateway::openpgp {
namespace {

// Sources and sinks report errors by Result. They throw only if there is no memory.
Error FromException() {
  return Transient(codes::kOutOfResources);
}

}  // namespace

SourceInput::SourceInput(Source& source) : source_(source) {
  rnp_input_t input = nullptr;
  rnp_input_from_callback(&input, &SourceInput::Read, nullptr, this);
  input_.reset(input);
}

bool SourceInput::Read(void* context, void* buffer, std::size_t size, std::size_t* count) noexcept {
  auto& self = *static_cast<SourceInput*>(context);
  *count = 0;
  if (self.error_) return false;
  if (self.at_end_) return true;  // RNP asks again after the end
  try {
    Result<std::size_t> read = self.source_.Read({static_cast<char*>(buffer), size});
    if (!read) {
      self.error_ = read.error();
      return false;
    }
    *count = *read;
    self.at_end_ = *read == 0 && size > 0;
    return true;
  } catch (...) {
    self.error_ = FromException();
  }
  return false;
}

SinkOutput::SinkOutput(Sink& sink, std::uint64_t limit) : sink_(sink), left_(limit) {
  rnp_output_t output = nullptr;
  rnp_output_to_callback(&output, &SinkOutput::Write, nullptr, this);
  output_.reset(output);
}

bool SinkOutput::Write(void* context, const void* bytes, std::size_t size) noexcept {
  auto& self = *static_cast<SinkOutput*>(context);
  if (self.error_) return false;
  try {
    if (size > self.left_) {
      self.error_ = Corrupt(codes::kOpenedTooLarge, "the decrypted message is larger than allowed");
      return false;
    }
    if (Result<void> written = self.sink_.Write({static_cast<const char*>(bytes), size}); !written) {
      self.error_ = written.error();
      return false;
    }
    self.left_ -= size;
    return true;
  } catch (...) {
    self.error_ = FromException();
  }
  return false;
}

InputHandle InputFromMemory(std::string_view bytes) {
  rnp_input_t input = nullptr;
  rnp_input_from_memory(&input, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), false);
  return InputHandle(input);
}

OutputHandle OutputToMemory() {
  rnp_output_t output = nullptr;
  rnp_output_to_memory(&output, 0);
  return OutputHandle(output);
}

std::string MemoryContent(rnp_output_t output) {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  if (rnp_output_memory_get_buf(output, &bytes, &size, false) != RNP_SUCCESS || bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace gateway::openpgp
