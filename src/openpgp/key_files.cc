#include "openpgp/key_files.h"

#include <algorithm>
#include <utility>

#include "base/secret.h"
#include "openpgp/error_codes.h"
#include "openpgp/key_packets.h"
#include "openpgp/keyring_impl.h"
#include "openpgp/keys_in_use.h"
#include "openpgp/rnp_silence.h"
#include "openpgp/rnp_streams.h"

namespace gateway::openpgp {
namespace {

constexpr std::size_t kMaxUserId = 128;  // bytes; RNP's MAX_ID_LENGTH
constexpr std::uint32_t kDay = 24 * 3600;

Result<void> CheckUserId(std::string_view user_id) {
  const bool printable = std::none_of(user_id.begin(), user_id.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (user_id.empty() || user_id.size() > kMaxUserId || !printable) {
    return ConfigError(codes::kBadUserId, "1 to 128 bytes without control characters");
  }
  return {};
}

// Runs a chain of RNP calls up to the first one that fails.
class Steps {
 public:
  template <typename... Parameters, typename... Arguments>
  Steps& Then(rnp_result_t (*call)(Parameters...), Arguments... arguments) {
    if (result_ == RNP_SUCCESS) result_ = call(arguments...);
    return *this;
  }
  [[nodiscard]] bool ok() const { return result_ == RNP_SUCCESS; }
  [[nodiscard]] Error error() const { return Permanent(codes::kKeyGenerationFailed, rnp_result_to_string(result_)); }

 private:
  rnp_result_t result_ = RNP_SUCCESS;
};

struct Lifetime {
  std::uint32_t seconds = 0;  // 0: for ever
};

void Protect(Steps& steps, rnp_op_generate_t operation, const Passphrase& passphrase) {
  if (passphrase.empty()) return;
  steps.Then(rnp_op_generate_set_protection_password, operation, passphrase.c_str())
      .Then(rnp_op_generate_set_protection_cipher, operation, RNP_ALGNAME_AES_256)
      .Then(rnp_op_generate_set_protection_hash, operation, RNP_ALGNAME_SHA256);
}

Result<KeyHandle> GeneratePrimary(rnp_ffi_t ffi, const std::string& user_id, const Passphrase& passphrase,
                                  Lifetime lifetime) {
  rnp_op_generate_t created = nullptr;
  Steps steps;
  steps.Then(rnp_op_generate_create, &created, ffi, RNP_ALGNAME_EDDSA);
  const GenerateHandle operation(created);
  steps.Then(rnp_op_generate_add_usage, created, "sign")
      .Then(rnp_op_generate_add_usage, created, "certify")
      .Then(rnp_op_generate_set_hash, created, RNP_ALGNAME_SHA256)
      .Then(rnp_op_generate_add_pref_cipher, created, RNP_ALGNAME_AES_256)
      .Then(rnp_op_generate_add_pref_hash, created, RNP_ALGNAME_SHA256)
      .Then(rnp_op_generate_set_userid, created, user_id.c_str())
      .Then(rnp_op_generate_set_expiration, created, lifetime.seconds);
  Protect(steps, created, passphrase);
  rnp_key_handle_t key = nullptr;
  steps.Then(rnp_op_generate_execute, created).Then(rnp_op_generate_get_key, created, &key);
  if (!steps.ok()) return steps.error();
  return KeyHandle(key);
}

Result<void> GenerateSubkey(rnp_ffi_t ffi, rnp_key_handle_t primary, const Passphrase& passphrase, Lifetime lifetime) {
  rnp_op_generate_t created = nullptr;
  Steps steps;
  // The primary key signs the binding.
  if (!passphrase.empty()) steps.Then(rnp_key_unlock, primary, passphrase.c_str());
  steps.Then(rnp_op_generate_subkey_create, &created, ffi, primary, RNP_ALGNAME_ECDH);
  const GenerateHandle operation(created);
  steps.Then(rnp_op_generate_set_curve, created, "Curve25519")
      .Then(rnp_op_generate_set_hash, created, RNP_ALGNAME_SHA256)
      .Then(rnp_op_generate_add_usage, created, "encrypt")
      .Then(rnp_op_generate_set_expiration, created, lifetime.seconds);
  Protect(steps, created, passphrase);
  steps.Then(rnp_op_generate_execute, created);
  if (!steps.ok()) return steps.error();
  return {};
}

std::string Export(rnp_key_handle_t key, std::uint32_t part) {
  const OutputHandle output = OutputToMemory();
  if (rnp_key_export(key, output.get(), part | RNP_KEY_EXPORT_SUBKEYS | RNP_KEY_EXPORT_ARMORED) != RNP_SUCCESS)
    return {};
  return MemoryContent(output.get());
}

}  // namespace

Result<GeneratedKey> GenerateKey(std::string_view user_id, std::string_view passphrase, unsigned valid_days) {
  const RnpSilence silence;
  GATEWAY_TRY(CheckUserId(user_id));
  const Passphrase secret(passphrase);
  if (!secret.IsRepresentable()) return ConfigError(codes::kBadPassphrase, "up to 255 bytes without NUL");
  if (valid_days > kMaxValidDays) return ConfigError(codes::kBadValidity, "up to 36500 days");
  const Lifetime lifetime{valid_days * kDay};

  GATEWAY_ASSIGN(const FfiHandle ffi, CreateFfi());
  GATEWAY_ASSIGN(const KeyHandle primary, GeneratePrimary(ffi.get(), std::string(user_id), secret, lifetime));
  GATEWAY_TRY(GenerateSubkey(ffi.get(), primary.get(), secret, lifetime));

  GeneratedKey key;
  key.secret_armored = Export(primary.get(), RNP_KEY_EXPORT_SECRET);
  key.public_armored = Export(primary.get(), RNP_KEY_EXPORT_PUBLIC);
  key.info = DescribeKey(ffi.get(), TextOf(rnp_key_get_fprint, primary.get()));
  if (key.secret_armored.empty() || key.public_armored.empty()) {
    return Permanent(codes::kKeyGenerationFailed, "the key cannot be exported");
  }
  return key;
}

Result<std::string> ExportPublic(std::string_view content) {
  const RnpSilence silence;
  // RNP takes what it can from a file that is cut short. A partner would then get a key with less
  // than ours has.
  GATEWAY_ASSIGN(std::vector<TransferableKey> whole, SplitKeys(content));
  for (TransferableKey& one : whole) WipeText(one.packets);
  GATEWAY_ASSIGN(const FfiHandle ffi, CreateFfi());
  GATEWAY_ASSIGN(const std::vector<KeyInfo> keys, ImportKeys(ffi.get(), content));
  std::string armored;
  for (const KeyInfo& info : keys) {
    const KeyHandle key = FindByFingerprint(ffi.get(), info.fingerprint);
    const std::string block = key ? Export(key.get(), RNP_KEY_EXPORT_PUBLIC) : std::string();
    if (block.empty()) return ConfigError(codes::kKeyUnreadable, info.fingerprint + " cannot be exported");
    armored += block;
  }
  return armored;
}

std::string FormatFingerprint(std::string_view fingerprint) {
  constexpr std::size_t kGroup = 4;
  const std::string digits = NormaliseFingerprint(fingerprint);
  std::string formatted;
  for (std::size_t i = 0; i < digits.size(); i += kGroup) {
    if (i > 0) formatted += ' ';
    if (i > 0 && i * 2 == digits.size()) formatted += ' ';
    formatted += digits.substr(i, kGroup);
  }
  return formatted;
}

std::string NormaliseFingerprint(std::string_view fingerprint) {
  std::string digits;
  for (const char c : fingerprint) {
    if (c == ' ' || c == ':' || c == '\t') continue;
    digits += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  if (digits.starts_with("0X")) digits.erase(0, 2);
  return digits;
}

}  // namespace gateway::openpgp
