// Keyrings and messages for the tests of src/openpgp.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "base/files.h"
#include "gpg_home.h"
#include "openpgp/key_files.h"
#include "openpgp/key_material.h"
#include "openpgp/openpgp.h"

namespace gateway::openpgp {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// Our own key, without passphrase; made once, and known to the shared gpg.
inline const GeneratedKey& OurKey() {
  static const GeneratedKey key = [] {
    Result<GeneratedKey> made = GenerateKey("Klinikum A <a@test.example>", "", 0);
    EXPECT_TRUE(made.ok()) << made.error().code;
    SharedGpg().Write("ours.asc", made->public_armored);
    EXPECT_EQ(SharedGpg().Run("--import ours.asc").exit, 0);
    return *made;
  }();
  return key;
}

inline Keyring RingOf(std::initializer_list<std::string> keys, const SecurityPolicy& policy = {}) {
  Result<Keyring> ring = Keyring::Create(policy);
  EXPECT_TRUE(ring.ok());
  for (const std::string& key : keys) EXPECT_TRUE(ring->Add(key).ok());
  return std::move(*ring);
}

inline Keyring RingWith(const KeyMaterial& keys) {
  Keyring ring = RingOf({});
  for (const SecretKey& key : keys.secret_keys) EXPECT_TRUE(ring.Add(key.armored.view()).ok());
  return ring;
}

inline std::string Pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 12345;
  for (char& c : bytes) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return bytes;
}

struct OpenedText {
  Result<Opened> result;
  std::string text;

  // "" when it opened, else the error's code.
  [[nodiscard]] std::string code() const { return result ? "" : result.error().code; }
  [[nodiscard]] SignatureStatus status() const {
    const bool one = result.ok() && result->signatures.size() == 1;
    EXPECT_TRUE(one) << code();
    return one ? result->signatures[0].status : SignatureStatus::other_error;
  }
  [[nodiscard]] std::string signer() const {
    return result.ok() && result->signatures.size() == 1 ? result->signatures[0].fingerprint : "?";
  }
};

inline OpenedText OpenText(Keyring& ring, const std::string& sealed, std::uint64_t limit = kNoLimit) {
  StringSource source(sealed);
  StringSink sink;
  Result<Opened> result = ring.Open(source, sink, limit);
  return {std::move(result), sink.text()};
}

inline Result<std::string> SealText(Keyring& ring, const std::string& plain, const Keyring::SealOptions& options) {
  StringSource source(plain);
  StringSink sink;
  GATEWAY_TRY(ring.Seal(source, options, sink));
  return sink.text();
}

inline std::string CodeOf(const Result<std::string>& result) {
  return result ? "" : result.error().code;
}

inline std::string Signed(const std::string& key) {
  return "-s -u " + key + " ";
}
inline std::string EncryptedTo(const std::string& key) {
  return "-e -r " + key + " ";
}

}  // namespace gateway::openpgp
