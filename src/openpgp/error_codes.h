// Errors of keys and encryption.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kBadPassphrase{"bad-passphrase", "The passphrase is longer than 255 bytes or contains NUL."};
inline constexpr ErrorCode kBadUserId{"bad-user-id",
                                      "The user id of a key must have 1 to 128 bytes and no control characters."};
inline constexpr ErrorCode kBadValidity{"bad-validity", "A key can be valid for at most 36500 days."};
inline constexpr ErrorCode kFingerprintMismatch{"fingerprint-mismatch",
                                                "The key file holds another key than the configuration names."};
inline constexpr ErrorCode kKeyGenerationFailed{"key-generation-failed", "The key could not be made."};
inline constexpr ErrorCode kKeyOfAnother{"key-of-another",
                                         "The key file of one partner or mailbox holds the key of another."};
inline constexpr ErrorCode kKeyTooWeak{"key-too-weak", "The key is weaker than the partner's profile allows."};
inline constexpr ErrorCode kKeyUnreadable{"key-unreadable",
                                          "The key file cannot be read, or holds no usable OpenPGP key."};
inline constexpr ErrorCode kOpenpgpDamaged{"openpgp-damaged", "The encrypted part is damaged and cannot be read."};
inline constexpr ErrorCode kOpenpgpUnavailable{"openpgp-unavailable", "The OpenPGP library cannot be started."};
inline constexpr ErrorCode kPassphraseUnreadable{"passphrase-unreadable",
                                                 "The file with the passphrase cannot be read."};
inline constexpr ErrorCode kSealFailed{"seal-failed", "The message could not be encrypted or signed."};
inline constexpr ErrorCode kSecretKeyOfPartner{
    "secret-key-of-partner", "The file holds a secret key, where only a partner's public key may be."};
inline constexpr ErrorCode kSeveralKeys{"several-keys",
                                        "The key file holds more keys than the one that the configuration names."};
inline constexpr ErrorCode kSeveralSecretKeys{"several-secret-keys",
                                              "The key file holds several secret keys, where a mailbox has one."};
inline constexpr ErrorCode kSignFailed{"sign-failed", "The receipt or the part could not be signed."};
inline constexpr ErrorCode kWrongPassphrase{"wrong-passphrase", "The passphrase does not open the secret key."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfOpenpgp{
    kBadPassphrase,      kBadUserId,     kBadValidity,       kFingerprintMismatch, kKeyGenerationFailed,  kKeyOfAnother,
    kKeyTooWeak,         kKeyUnreadable, kOpenpgpDamaged,    kOpenpgpUnavailable,  kPassphraseUnreadable, kSealFailed,
    kSecretKeyOfPartner, kSeveralKeys,   kSeveralSecretKeys, kSignFailed,          kWrongPassphrase};

}  // namespace gateway::codes
