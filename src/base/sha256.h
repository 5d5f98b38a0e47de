// Computes the SHA-256 (FIPS 180-4) of everything that is written to it.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/stream.h"

namespace gateway {

class Sha256 : public Sink {
 public:
  Sha256();
  ~Sha256() override;
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Result<void> Write(std::string_view bytes) override;
  // The caller may call one of these, and only once. They return the 32 bytes, or 64 lower-case hex
  // digits.
  std::array<unsigned char, 32> Bytes();
  std::string Hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Returns two lower-case hex digits for each byte.
std::string ToHex(std::span<const unsigned char> bytes);

Result<std::string> Sha256Hex(Source& source);

}  // namespace gateway
