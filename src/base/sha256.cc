#include "base/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

#include "base/files.h"

namespace gateway {

struct Sha256::Context {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> evp{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  // The method is looked up once, because the lookup costs as much as hashing a short value.
  static const EVP_MD* const kMethod = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  // This fails only if there is no memory, or no SHA-256 in the library. The gateway could answer
  // neither.
  if (context_->evp == nullptr || EVP_DigestInit_ex(context_->evp.get(), kMethod, nullptr) != 1) std::abort();
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Result<void> Sha256::Write(std::string_view bytes) {
  if (EVP_DigestUpdate(context_->evp.get(), bytes.data(), bytes.size()) != 1) std::abort();
  return {};
}

std::array<unsigned char, 32> Sha256::Bytes() {
  std::array<unsigned char, 32> digest{};
  if (EVP_DigestFinal_ex(context_->evp.get(), digest.data(), nullptr) != 1) std::abort();
  return digest;
}

std::string Sha256::Hex() {
  return ToHex(Bytes());
}

std::string ToHex(std::span<const unsigned char> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

Result<std::string> Sha256Hex(Source& source) {
  Sha256 hash;
  GATEWAY_ASSIGN([[maybe_unused]] const std::uint64_t size, Copy(source, hash));
  return hash.Hex();
}

}  // namespace gateway
