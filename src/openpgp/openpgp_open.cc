// Decrypts messages and verifies their signatures with RNP. It only tells what it found. Whether
// that is enough is decided elsewhere (inbound/acceptance.h).
#include <algorithm>
#include <ctime>
#include <utility>

#include "base/error_codes.h"
#include "base/files.h"
#include "base/sha256.h"
#include "openpgp/armor.h"
#include "openpgp/decompression_watch.h"
#include "openpgp/error_codes.h"
#include "openpgp/key_strength.h"
#include "openpgp/keyring_impl.h"
#include "openpgp/keys_in_use.h"
#include "openpgp/message_head.h"
#include "openpgp/openpgp.h"
#include "openpgp/rnp_silence.h"
#include "openpgp/rnp_streams.h"
#include "openpgp/signature_packet.h"
#include "policy/error_codes.h"

namespace gateway::openpgp {
namespace {

// The clocks of hospitals differ. A signature from a little in the future is good, although RNP
// would call it expired.
constexpr std::int64_t kClockSkewSeconds = 86'400;

struct SignatureTimes {
  std::uint32_t created = 0;
  std::uint32_t lifetime = 0;  // seconds; 0: for ever
};

SignatureStatus StatusOfExpired(const SignatureTimes& times) {
  const std::int64_t now = std::time(nullptr);
  if (times.created > now + kClockSkewSeconds) return SignatureStatus::in_future;
  if (times.created > now) return SignatureStatus::valid;
  return SignatureStatus::expired_signature;
}

// Decides by the rules of this keyring.
bool IsWeakHash(rnp_ffi_t ffi, const std::string& hash, std::uint32_t created) {
  std::uint32_t usage = RNP_SECURITY_VERIFY_DATA;
  std::uint32_t level = RNP_SECURITY_DEFAULT;
  const rnp_result_t result =
      rnp_get_security_rule(ffi, RNP_FEATURE_HASH_ALG, hash.c_str(), created, &usage, nullptr, &level);
  return result == RNP_SUCCESS && level != RNP_SECURITY_DEFAULT;
}

// The (sub)key that signed and its primary key. They are null if they are not in the keyring.
struct Signer {
  KeyHandle key;
  KeyHandle primary;

  // RNP also looks among our secret keys, but those are no partner's.
  [[nodiscard]] bool is_ours_only() const { return key && !FlagOf(rnp_key_have_public, key.get()); }
  [[nodiscard]] bool known() const { return key && primary; }
  [[nodiscard]] bool revoked() const {
    return FlagOf(rnp_key_is_revoked, primary.get()) || FlagOf(rnp_key_is_revoked, key.get());
  }
  [[nodiscard]] bool expired() const { return IsExpired(primary.get()) || IsExpired(key.get()); }
};

// RNP gives the same result for a weak hash, for a signature that was made after the end of its
// key, and for a wrong signature.
SignatureStatus StatusOfInvalid(bool is_weak, const Signer& signer) {
  if (is_weak) return SignatureStatus::other_error;
  if (signer.known() && signer.revoked()) return SignatureStatus::revoked_key;
  if (signer.known() && signer.expired()) return SignatureStatus::expired_key;
  return SignatureStatus::bad;
}

// This is stricter than RNP, as gpg is. A key that is revoked or expired now cannot vouch for the
// time of its signature.
SignatureStatus StatusOfSigner(const Signer& signer) {
  if (!signer.known()) return SignatureStatus::other_error;
  if (signer.revoked()) return SignatureStatus::revoked_key;
  if (signer.expired()) return SignatureStatus::expired_key;
  // A subkey without the signing flag has not proved that it belongs to its primary key (RFC 4880
  // section 5.2.1, 0x19).
  return IsUsable(signer.key.get(), Usage::sign) ? SignatureStatus::valid : SignatureStatus::other_error;
}

SignatureStatus StatusOf(rnp_ffi_t ffi, rnp_op_verify_signature_t signature, const SignatureTimes& times,
                         const Signer& signer) {
  if (signer.is_ours_only()) return SignatureStatus::unknown_key;
  SignatureStatus status = SignatureStatus::other_error;
  switch (rnp_op_verify_signature_get_status(signature)) {
    case RNP_SUCCESS:
      status = SignatureStatus::valid;
      break;
    case RNP_ERROR_SIGNATURE_EXPIRED:
      status = StatusOfExpired(times);
      break;
    case RNP_ERROR_KEY_NOT_FOUND:
      return SignatureStatus::unknown_key;
    case RNP_ERROR_SIGNATURE_INVALID:
      return StatusOfInvalid(IsWeakHash(ffi, TextOf(rnp_op_verify_signature_get_hash, signature), times.created),
                             signer);
    default:
      return SignatureStatus::other_error;
  }
  return status == SignatureStatus::valid ? StatusOfSigner(signer) : status;
}

void Identify(rnp_signature_handle_t packet, Signature& described) {
  SignaturePacket read = ReadSignaturePacket(packet);
  if (read.number.empty()) {
    described.status = SignatureStatus::other_error;
    return;
  }
  Sha256 hash;
  (void)hash.Write(described.fingerprint + " " + std::to_string(ToUnixMilliseconds(described.created)) + " " +
                   read.number);
  described.id = hash.Hex();
  described.intended = std::move(read.intended);
}

Signature DescribeSignature(rnp_ffi_t ffi, rnp_op_verify_signature_t signature) {
  Signature described;
  rnp_signature_handle_t packet = nullptr;
  // If RNP could not read a signature, it leaves a freed handle behind.
  if (rnp_op_verify_signature_get_handle(signature, &packet) != RNP_SUCCESS) return described;
  const SignatureHandle owner(packet);

  // This is the order in which RNP looks for the key that verifies. If the issuer key id disagrees
  // with the issuer fingerprint, it must not name another signer, as
  // rnp_op_verify_signature_get_key would.
  const std::string fingerprint = TextOf(rnp_signature_get_key_fprint, packet);
  described.key_id =
      fingerprint.size() > 16 ? fingerprint.substr(fingerprint.size() - 16) : TextOf(rnp_signature_get_keyid, packet);
  Signer signer;
  signer.key = fingerprint.empty() ? FindByKeyId(ffi, described.key_id) : FindByFingerprint(ffi, fingerprint);
  signer.primary = PrimaryOf(ffi, signer.key.get());
  if (signer.primary) described.fingerprint = TextOf(rnp_key_get_fprint, signer.primary.get());

  SignatureTimes times;
  described.hash = TextOf(rnp_op_verify_signature_get_hash, signature);
  if (signer.key) described.bits = FactoringBits(signer.key.get());
  rnp_op_verify_signature_get_times(signature, &times.created, &times.lifetime);
  described.created = Time(Seconds(times.created));
  described.any_line_ends = TextOf(rnp_signature_get_type, packet) == "text";
  described.status = StatusOf(ffi, signature, times, signer);
  if (described.status == SignatureStatus::valid) Identify(packet, described);
  return described;
}

std::vector<Signature> SignaturesOf(rnp_ffi_t ffi, rnp_op_verify_t operation) {
  std::vector<Signature> signatures;
  const std::size_t count = NumberOf<rnp_op_verify_t, std::size_t>(rnp_op_verify_get_signature_count, operation);
  for (std::size_t i = 0; i < count; ++i) {
    rnp_op_verify_signature_t signature = nullptr;
    if (rnp_op_verify_get_signature_at(operation, i, &signature) != RNP_SUCCESS) continue;
    signatures.push_back(DescribeSignature(ffi, signature));
  }
  return signatures;
}

struct Protection {
  bool encrypted = false;
  bool has_integrity = false;  // there is an MDC or AEAD
  bool intact = false;         // and RNP found it right, at the very end
};

Protection ProtectionOf(rnp_op_verify_t operation) {
  char* mode = nullptr;
  bool valid = false;
  if (rnp_op_verify_get_protection_info(operation, &mode, nullptr, &valid) != RNP_SUCCESS || mode == nullptr) return {};
  const TextBuffer owner(mode);
  const std::string name = mode;
  return {name != "none", name != "none" && name != "cfb", valid};
}

std::vector<std::string> RecipientsOf(rnp_op_verify_t operation) {
  std::vector<std::string> recipients;
  const std::size_t count = NumberOf<rnp_op_verify_t, std::size_t>(rnp_op_verify_get_recipient_count, operation);
  for (std::size_t i = 0; i < count; ++i) {
    rnp_recipient_handle_t recipient = nullptr;  // owned by the operation
    if (rnp_op_verify_get_recipient_at(operation, i, &recipient) != RNP_SUCCESS) continue;
    recipients.push_back(TextOf(rnp_recipient_get_keyid, recipient));
  }
  return recipients;
}

bool CanDecrypt(rnp_key_handle_t key) {
  bool allowed = false;
  return HasSecretMaterial(key) && !FlagOf(rnp_key_is_locked, key) &&
         rnp_key_allows_usage(key, "encrypt", &allowed) == RNP_SUCCESS && allowed;
}

// Returns whether a key of ours is among the recipients, so that the message was meant for us.
bool IsForUs(rnp_ffi_t ffi, const std::vector<std::string>& recipients) {
  return std::any_of(recipients.begin(), recipients.end(), [&](const std::string& key_id) {
    const KeyHandle key = FindByKeyId(ffi, key_id);
    return key && CanDecrypt(key.get());
  });
}

// Returns the number of RFC 4880 section 9.1, or 0 if one cannot encrypt with this algorithm.
unsigned AlgorithmNumber(rnp_key_handle_t key) {
  const std::string name = TextOf(rnp_key_get_alg, key);
  if (name == RNP_ALGNAME_RSA) return 1;
  if (name == RNP_ALGNAME_ELGAMAL) return 16;
  return name == RNP_ALGNAME_ECDH ? 18 : 0;
}

std::vector<CandidateKey> KeysThatDecrypt(rnp_ffi_t ffi) {
  std::vector<CandidateKey> keys;
  rnp_identifier_iterator_t iterator = nullptr;
  if (rnp_identifier_iterator_create(ffi, &iterator, "keyid") != RNP_SUCCESS) return keys;
  const IteratorHandle owner(iterator);
  const char* key_id = nullptr;
  while (rnp_identifier_iterator_next(iterator, &key_id) == RNP_SUCCESS && key_id != nullptr) {
    const KeyHandle key = FindByKeyId(ffi, key_id);
    if (key && CanDecrypt(key.get())) keys.push_back({key_id, AlgorithmNumber(key.get())});
  }
  return keys;
}

Error OpenError(rnp_ffi_t ffi, const std::vector<std::string>& recipients, rnp_result_t result) {
  switch (result) {
    case RNP_ERROR_OUT_OF_MEMORY:
      return Transient(codes::kOutOfResources);
    case RNP_ERROR_NO_SUITABLE_KEY:
    case RNP_ERROR_BAD_PASSWORD:
      if (IsForUs(ffi, recipients)) return Corrupt(codes::kOpenpgpDamaged, "its session key does not decrypt");
      return Corrupt(codes::kNotDecryptable, "not encrypted to a key of ours");
    default:
      return Corrupt(codes::kOpenpgpDamaged, rnp_result_to_string(result));
  }
}

}  // namespace

Result<Opened> Keyring::Open(Source& sealed, Sink& plain, std::uint64_t limit) {
  const RnpSilence silence;
  rnp_ffi_t ffi = impl_->others();
  ArmorReader binary(sealed);
  NamedRecipients named(binary, [ffi] { return KeysThatDecrypt(ffi); });
  const SourceInput input(named);
  const SinkOutput output(plain, limit);
  const DecompressionWatch decompression;
  rnp_op_verify_t created = nullptr;
  rnp_result_t result = rnp_op_verify_create(&created, ffi, input.get(), output.get());
  const VerifyHandle operation(created);
  if (result == RNP_SUCCESS) result = rnp_op_verify_execute(created);
  if (input.error()) return *input.error();
  if (output.error()) return *output.error();

  std::vector<std::string> recipients = named.hidden_among().empty() ? RecipientsOf(created) : named.hidden_among();
  // SIGNATURE_INVALID means that no signature is good, but the plain text is complete. The caller
  // must judge who signed. The result may also hide that the integrity check failed.
  const bool opened = result == RNP_SUCCESS || result == RNP_ERROR_SIGNATURE_INVALID;
  if (!opened) return OpenError(ffi, recipients, result);
  const Protection protection = ProtectionOf(created);
  if (protection.has_integrity && !protection.intact) {
    return Corrupt(codes::kOpenpgpDamaged, "its integrity check failed");
  }
  return Opened{protection.encrypted, protection.has_integrity, decompression.HasSeenAny(), std::move(recipients),
                SignaturesOf(ffi, created)};
}

Result<std::vector<std::string>> Keyring::ReadRecipients(Source& sealed) {
  const RnpSilence silence;
  rnp_ffi_t ffi = impl_->others();
  const SourceInput input(sealed);
  StringSink nowhere;
  const SinkOutput output(nowhere, 0);  // ends the reading where the text begins
  rnp_op_verify_t created = nullptr;
  rnp_result_t result = rnp_op_verify_create(&created, ffi, input.get(), output.get());
  const VerifyHandle operation(created);
  if (result == RNP_SUCCESS) result = rnp_op_verify_execute(created);
  if (input.error()) return *input.error();
  std::vector<std::string> recipients = RecipientsOf(created);
  const bool understood = result == RNP_SUCCESS || result == RNP_ERROR_SIGNATURE_INVALID || output.error() ||
                          result == RNP_ERROR_BAD_PASSWORD || !recipients.empty();
  if (!understood) return OpenError(ffi, recipients, result);
  return recipients;
}

Result<std::vector<Signature>> Keyring::VerifyDetached(Source& data, std::string_view signature) {
  const RnpSilence silence;
  const SourceInput input(data);
  const InputHandle detached = InputFromMemory(signature);
  rnp_op_verify_t created = nullptr;
  rnp_result_t result = rnp_op_verify_detached_create(&created, impl_->others(), input.get(), detached.get());
  const VerifyHandle operation(created);
  if (result == RNP_SUCCESS) result = rnp_op_verify_execute(created);
  if (input.error()) return *input.error();
  if (result == RNP_ERROR_OUT_OF_MEMORY) return Transient(codes::kOutOfResources);
  const bool checked = result == RNP_SUCCESS || result == RNP_ERROR_SIGNATURE_INVALID;
  std::vector<Signature> signatures;
  if (checked) signatures = SignaturesOf(impl_->others(), created);
  if (signatures.empty()) return Corrupt(codes::kOpenpgpDamaged, "not a detached signature");
  return signatures;
}

namespace {

// Returns whether two readings may be of the same signature packet, whatever its content is checked
// against.
bool IsSamePacket(const Signature& one, const Signature& other) {
  return one.key_id == other.key_id && one.created == other.created && one.hash == other.hash;
}

}  // namespace

Result<std::vector<Signature>> Keyring::VerifyDetached(Source& canonical, Source& raw, std::string_view signature) {
  const auto is_valid = [](const Signature& candidate) { return candidate.status == SignatureStatus::valid; };
  // The raw bytes come first. A signature that holds only for the canonical form does not vouch for
  // the line ends.
  GATEWAY_ASSIGN(std::vector<Signature> signatures, VerifyDetached(raw, signature));
  if (!std::all_of(signatures.begin(), signatures.end(), is_valid)) {
    GATEWAY_ASSIGN(std::vector<Signature> over_canonical, VerifyDetached(canonical, signature));
    for (Signature& found : signatures) {
      const auto fellow =
          std::ranges::find_if(over_canonical, [&](const Signature& other) { return IsSamePacket(found, other); });
      if (fellow == over_canonical.end()) continue;
      if (!is_valid(found)) {
        found = std::move(*fellow);
        found.any_line_ends = true;
      }
      over_canonical.erase(fellow);
    }
  }
  for (Signature& found : signatures) found.detached = true;
  return signatures;
}

}  // namespace gateway::openpgp
