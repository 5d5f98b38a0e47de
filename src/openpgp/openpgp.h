// OpenPGP (RFC 4880, with Curve25519 as in RFC 9580 and draft-koch-eddsa) by RNP, in this process.
// A Keyring holds the keys in memory only. It is not thread-safe, so each thread has its own. No
// RNP type leaves this folder. docs/openpgp.md says what becomes of old keys and messages.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "gateway/result.h"
#include "gateway/settings/profile.h"
#include "gateway/signature_status.h"
#include "gateway/stream.h"
#include "gateway/time.h"

namespace gateway::openpgp {

using gateway::SignatureStatus;

struct KeyInfo {
  std::string fingerprint;  // that of the primary key, in upper-case hex
  std::vector<std::string> subkeys;
  std::vector<std::string> user_ids;
  std::string algorithm;  // "EdDSA + ECDH", "RSA 3072", ...
  bool secret = false;
  bool can_sign = false;     // some usable (sub)key can sign
  bool can_encrypt = false;  // some usable (sub)key can encrypt
  Time created;
  Time made;     // the latest time of its (sub)keys and of the signatures on them
  Time expires;  // 0 if it never expires
  // Until then, what encrypts now and what signs now can both be used. 0 means for ever, or that
  // neither can be used now.
  Time usable_until;
  bool expired = false;
  bool revoked = false;
  // The fewest bits of its RSA, DSA and ElGamal (sub)keys in use; 0 if it has none.
  unsigned bits = 0;
  bool sha1_only = false;  // only self-signatures with SHA-1, of whatever date, vouch for its use
};

// Says what is accepted at all. Opened and Signature serve to judge what a single partner may send.
struct SecurityPolicy {
  // Accepts signatures with SHA-1, of keys and of mails, whatever their date. Without it, only
  // those made before 2024 (keys) and 2019 (mails) count.
  bool allow_sha1 = false;
};

// The part of a partner's key file that counts: its pinned key, and those subkeys that the key has
// bound to itself. A subkey that signs must also have signed back (RFC 9580 section 5.2.1.12).
struct PartnerKey {
  std::string partner;               // the partner's name in the configuration
  std::string fingerprint;           // that of the primary key
  std::vector<std::string> key_ids;  // the ids of the key and of its subkeys
  std::string packets;               // binary
  bool allow_sha1 = false;           // SecurityPolicy::allow_sha1 for what this partner has made
};

struct Signature {
  SignatureStatus status = SignatureStatus::other_error;
  std::string fingerprint;  // of the signer's primary key; empty if the key is not known
  std::string key_id;
  Time created;
  std::string hash;  // "SHA256", ...; empty if it is not known
  // The bits of the signing RSA or DSA key; 0 for another algorithm, or if the key is not known.
  unsigned bits = 0;
  // SHA-256, in hex, of the signer, the time and what only the signer can make of the content. So
  // the same signature has the same id however it is wrapped. It is empty if the signature is not
  // valid.
  std::string id;
  // Fingerprints of the keys that it is meant for; empty if it does not say.
  std::vector<std::string> intended;
  bool detached = false;  // it belongs to a multipart/signed, whose header it does not cover
  // LF and CRLF are the same to it, so somebody may have replaced one by the other.
  bool any_line_ends = false;
};

struct Opened {
  bool encrypted = false;
  bool integrity_protected = false;  // MDC or AEAD
  bool compressed = false;           // it held a compressed packet: ZIP, ZLIB or BZip2
  // The key ids that it is encrypted to; zeros stand for a hidden one.
  std::vector<std::string> recipients;
  std::vector<Signature> signatures;
};

// Holds our keys, and, apart from them, those of at most one partner. RNP keeps one object for each
// key. So if one keyring held two partners, what one partner's file says about a key would count
// for the other's.
class Keyring {
 public:
  static Result<Keyring> Create(const SecurityPolicy& policy = {});
  Keyring(Keyring&&) noexcept;
  Keyring& operator=(Keyring&&) noexcept;
  ~Keyring();

  // Adds every key in the content of an armored or binary key file, and returns them. Error: config
  // "key-unreadable".
  Result<std::vector<KeyInfo>> Add(std::string_view content);
  // From now on only signatures by the keys of `partner` count, and recipients are found among
  // them. With nullptr nobody's count. Until the first call, the keys of Add() count. Our secret
  // keys sign and decrypt all the same. Error: config "key-unreadable", after which nobody's count.
  Result<void> UsePartner(const PartnerKey* partner);
  // Unlocks the secret key for the life of the keyring. Errors: config "wrong-passphrase",
  // "no-secret-key".
  Result<void> Unlock(std::string_view fingerprint, std::string_view passphrase);
  // Unlocks the key and returns it armored and without its passphrase, for keyrings that are made
  // without one. Errors: config "wrong-passphrase", "no-secret-key".
  Result<Secret> UnprotectedKey(std::string_view fingerprint, std::string_view passphrase);
  [[nodiscard]] std::vector<KeyInfo> Keys() const;

  struct SealOptions {
    // Fingerprint; if it is empty, the message is not signed (the caller signs encapsulated).
    std::string signer;
    std::vector<std::string> recipients;  // fingerprints
    Compression compression = Compression::none;
    Integrity integrity = Integrity::mdc;
  };
  // Signs, then encrypts, as one OpenPGP message (RFC 3156 section 6.2) in ASCII armor, with
  // AES-256 and SHA-256. Error: config "key-not-usable" (expired, revoked, or no such (sub)key).
  Result<void> Seal(Source& plain, const SealOptions& options, Sink& armored);
  // Returns an armored detached signature (SHA-256) over the bytes of `data`.
  Result<std::string> SignDetached(Source& data, std::string_view signer);

  // Decrypts a message (armor or binary) into `plain`. The caller must not trust what it writes
  // before the call has succeeded and the caller has judged the signatures. `limit` is for the
  // bytes of plain text. A signed message that is not encrypted opens with encrypted == false. If
  // the recipient is hidden (key id 0), every unlocked key of ours is tried.
  //
  // Errors: corrupt "not-decryptable" (no key of ours), "openpgp-damaged", "opened-too-large". A
  // message without integrity protection is no error here: see Opened. These are not read: messages
  // under a password ("not-decryptable"), version 3 keys, and IDEA.
  Result<Opened> Open(Source& sealed, Sink& plain, std::uint64_t limit);
  // Returns the key ids that a message is encrypted to, as in Opened. Without any, it is not
  // encrypted to keys. The call needs no key. Error: corrupt "openpgp-damaged".
  Result<std::vector<std::string>> ReadRecipients(Source& sealed);
  // Checks a detached signature. Error: corrupt "openpgp-damaged".
  Result<std::vector<Signature>> VerifyDetached(Source& data, std::string_view signature);
  // Checks the signatures of a multipart/signed over the bytes as they are. For a signature that is
  // not valid for these, it checks the data with canonical line ends, as RFC 3156 section 5 asks
  // for. It returns the better of the two results for each.
  Result<std::vector<Signature>> VerifyDetached(Source& canonical, Source& raw, std::string_view signature);

 private:
  struct Impl;
  explicit Keyring(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::openpgp
