// OpenPGP (RFC 4880, Curve25519 as in RFC 9580 and draft-koch-eddsa) by RNP, in the process.
// A Keyring holds the keys in memory only; it is not thread-safe: one a thread. No RNP type leaves this folder.
// What becomes of old keys and messages is in docs/openpgp.md.
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
  std::string fingerprint;  // of the primary key, upper-case hex
  std::vector<std::string> subkeys;
  std::vector<std::string> user_ids;
  std::string algorithm;  // "EdDSA + ECDH", "RSA 3072", ...
  bool secret = false;
  bool can_sign = false;     // some usable (sub)key signs
  bool can_encrypt = false;  // some usable (sub)key encrypts
  Time created;
  Time made;          // the latest of its (sub)keys and of the signatures on them
  Time expires;       // 0: never
  Time usable_until;  // what encrypts and what signs now, both do until then; 0: for ever, or neither does
  bool expired = false;
  bool revoked = false;
  unsigned bits = 0;       // the fewest of its RSA, DSA and ElGamal (sub)keys in use; 0: it has none such
  bool sha1_only = false;  // what it is used for rests on self-signatures with SHA-1, whatever their date
};

// What is let through at all; what a single partner may send is judged from Opened and Signature.
struct SecurityPolicy {
  bool allow_sha1 = false;  // signatures with SHA-1, of keys and of mails, whatever their date; without it those made
                            // before 2024 (keys) and 2019 (mails) only
};

// What counts of a partner's key file: its pinned key, and of its subkeys those that it has bound to itself and, where
// they sign, that have signed back (RFC 9580 section 5.2.1.12).
struct PartnerKey {
  std::string partner;               // its name in the configuration
  std::string fingerprint;           // of the primary key
  std::vector<std::string> key_ids;  // of all of them
  std::string packets;               // binary
  bool allow_sha1 = false;           // SecurityPolicy::allow_sha1 for what this partner made
};

struct Signature {
  SignatureStatus status = SignatureStatus::other_error;
  std::string fingerprint;  // of the signer's primary key when it is known, else empty
  std::string key_id;
  Time created;
  std::string hash;   // "SHA256", ...; empty: not known
  unsigned bits = 0;  // of the signing RSA or DSA key; 0: another algorithm, or the key is not known
  // SHA-256, in hex, of the signer, the time and what only the signer can make of the content: the same signature has
  // the same id however it is wrapped. Empty: of one that is not valid.
  std::string id;
  std::vector<std::string> intended;  // fingerprints of the keys it is meant for; empty: it does not say
  bool detached = false;              // of a multipart/signed, whose header it does not cover
  bool any_line_ends = false;         // LF and CRLF are the same to it: somebody may have traded one for the other
};

struct Opened {
  bool encrypted = false;
  bool integrity_protected = false;     // MDC or AEAD
  bool compressed = false;              // it held a compressed packet: ZIP, ZLIB, BZip2
  std::vector<std::string> recipients;  // key ids it is encrypted to; zeros: a hidden one
  std::vector<Signature> signatures;
};

// Keys of ours, and by themselves those of at most one partner: RNP keeps one object a key, so that in one keyring what
// one partner's file says of a key would count for another's.
class Keyring {
 public:
  static Result<Keyring> Create(const SecurityPolicy& policy = {});
  Keyring(Keyring&&) noexcept;
  Keyring& operator=(Keyring&&) noexcept;
  ~Keyring();

  // Adds every key of an armored or binary key file's content and returns them. config "key-unreadable".
  Result<std::vector<KeyInfo>> Add(std::string_view content);
  // From now on signatures count, and recipients are found, among the keys of `partner` only; nullptr: of nobody. Until
  // the first call they are those of Add(). Our secret keys sign and decrypt all the same. config "key-unreadable":
  // nobody's count then.
  Result<void> UsePartner(const PartnerKey* partner);
  // Unlocks the secret key for the life of the keyring. config "wrong-passphrase", "no-secret-key".
  Result<void> Unlock(std::string_view fingerprint, std::string_view passphrase);
  // Unlocks it, and returns it without its passphrase, armored: for keyrings that are to be made without one.
  // config "wrong-passphrase", "no-secret-key".
  Result<Secret> UnprotectedKey(std::string_view fingerprint, std::string_view passphrase);
  [[nodiscard]] std::vector<KeyInfo> Keys() const;

  struct SealOptions {
    std::string signer;                   // fingerprint; empty: not signed (the caller signs encapsulated)
    std::vector<std::string> recipients;  // fingerprints
    Compression compression = Compression::none;
    Integrity integrity = Integrity::mdc;
  };
  // Signs, then encrypts, as one OpenPGP message (RFC 3156 section 6.2), in ASCII armor. AES-256, SHA-256.
  // config "key-not-usable" (expired, revoked, no such (sub)key).
  Result<void> Seal(Source& plain, const SealOptions& options, Sink& armored);
  // An armored detached signature (SHA-256) over the bytes of `data`.
  Result<std::string> SignDetached(Source& data, std::string_view signer);

  // Decrypts (armor or binary) into `plain`. What it writes is untrusted until it has returned success and the caller
  // has judged the signatures. `limit`: bytes of plain text. corrupt "not-decryptable" (no key of ours),
  // "openpgp-damaged", "no-integrity-protection" is not an error here: see Opened; "opened-too-large".
  // A signed message that is not encrypted opens with encrypted == false.
  // Where the recipient is hidden (key id 0) every unlocked key of ours is tried. Not read: messages under a password
  // ("not-decryptable"), version 3 keys, IDEA.
  Result<Opened> Open(Source& sealed, Sink& plain, std::uint64_t limit);
  // The key ids that a message is encrypted to, as in Opened; none: it is not encrypted to keys. Needs no key.
  // corrupt "openpgp-damaged".
  Result<std::vector<std::string>> ReadRecipients(Source& sealed);
  // Checks a detached signature. corrupt "openpgp-damaged".
  Result<std::vector<Signature>> VerifyDetached(Source& data, std::string_view signature);
  // Of a multipart/signed: over the bytes as they stand, and where one is not valid for these, over the data with
  // canonical line ends, as RFC 3156 section 5 asks for. Each is the better of its two.
  Result<std::vector<Signature>> VerifyDetached(Source& canonical, Source& raw, std::string_view signature);

 private:
  struct Impl;
  explicit Keyring(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::openpgp
