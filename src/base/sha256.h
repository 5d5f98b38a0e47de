// SHA-256 (FIPS 180-4) of what passes by.
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
  // Once: the 32 bytes, or 64 lower-case hex digits.
  std::array<unsigned char, 32> Bytes();
  std::string Hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Two lower-case hex digits each.
std::string ToHex(std::span<const unsigned char> bytes);

Result<std::string> Sha256Hex(Source& source);

}  // namespace gateway
