// Turns line ends into CRLF on the way. LF becomes CRLF, and CRLF stays. A bare CR is no line end
// and stays.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/stream.h"

namespace gateway::mime {

class CrlfSink : public Sink {
 public:
  explicit CrlfSink(Sink& sink) : sink_(sink) {}
  Result<void> Write(std::string_view bytes) override;
  // Ends the last line if it has no end yet.
  Result<void> FinishLine();

 private:
  Sink& sink_;
  char last_ = '\n';  // the last byte that went through
};

class CrlfSource : public Source {
 public:
  explicit CrlfSource(std::unique_ptr<Source> source) : source_(std::move(source)) {}
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  class Buffer : public Sink {
   public:
    Result<void> Write(std::string_view bytes) override {
      text.append(bytes);
      return {};
    }
    std::string text;
  };

  std::unique_ptr<Source> source_;
  Buffer buffer_;
  CrlfSink converter_{buffer_};
  std::size_t position_ = 0;
  std::array<char, 32'768> raw_;
};

}  // namespace gateway::mime
