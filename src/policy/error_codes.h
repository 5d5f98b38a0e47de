// Errors that the failure policy treats in a way of its own, or that several stages or both
// pipelines name.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kKeyNotUsable{
    "key-not-usable", "A key is expired, revoked, missing, or has no part that can encrypt or sign."};
inline constexpr ErrorCode kLedgerBusy{"ledger-busy",
                                       "Another process has kept the ledger locked for more than 30 seconds."};
inline constexpr ErrorCode kLedgerDamaged{"ledger-damaged",
                                          "The ledger is missing or damaged. Restore it from a backup."};
inline constexpr ErrorCode kLedgerError{
    "ledger-error", "The ledger refused a request. This is a defect of the gateway; please report it."};
inline constexpr ErrorCode kLedgerMissing{"ledger-missing", "There is no ledger yet, because no daemon has run here."};
inline constexpr ErrorCode kLedgerNewer{"ledger-newer", "A later version of the gateway made this ledger."};
inline constexpr ErrorCode kLedgerOlder{
    "ledger-older",
    "The running daemon is older than this command. Restart the daemon, which then migrates the ledger."};
inline constexpr ErrorCode kNoSecretKey{"no-secret-key", "The secret key that is needed is not there."};
inline constexpr ErrorCode kNotDecryptable{
    "not-decryptable", "The mail is encrypted to another key than that of the mailbox to which it came."};
inline constexpr ErrorCode kOpenOutOfMemory{
    "open-out-of-memory", "The sandboxed process that reads mails needed more memory for this item than it may have."};
inline constexpr ErrorCode kOpenWorkerDied{"open-worker-died",
                                           "The sandboxed process that reads mails crashed while it read this item."};
inline constexpr ErrorCode kOpenedTooLarge{"opened-too-large",
                                           "The mail is larger than the gateway reads once it is decrypted."};
inline constexpr ErrorCode kSandboxFailed{"sandbox-failed",
                                          "The sandbox of the process that reads mails cannot be set up."};
inline constexpr ErrorCode kScannerSlow{"scanner-slow", "The program document_scanner did not end in time."};
inline constexpr ErrorCode kSignatureExpired{"signature-expired", "The signature has expired."};
inline constexpr ErrorCode kSignatureInFuture{
    "signature-in-future", "The signature was made more than a day from now, so one of the two clocks is wrong."};
inline constexpr ErrorCode kSignatureTooOld{"signature-too-old",
                                            "The mail was signed longer ago than reception.signature_max_age allows."};
inline constexpr ErrorCode kSignerKeyExpired{"signer-key-expired", "The key that made the signature has expired."};
// Mailboxes of every kind have this error. The ledger's rows have its name since there was only
// IMAP.
inline constexpr ErrorCode kStandIn{"imap-stand-in",
                                    "The mail server handed out a text of its own in place of the mail."};
inline constexpr ErrorCode kUnknownMailbox{
    "unknown-mailbox", "The configuration no longer has the mailbox that sends this message or received this mail."};

// These are errors of the ledger itself, for which no item is to blame.
inline constexpr std::array kAboutLedger{kLedgerBusy,    kLedgerDamaged, kLedgerError,
                                         kLedgerMissing, kLedgerNewer,   kLedgerOlder};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfPolicy{kKeyNotUsable,    kLedgerBusy,       kLedgerDamaged,    kLedgerError,
                                      kLedgerMissing,   kLedgerNewer,      kLedgerOlder,      kNoSecretKey,
                                      kNotDecryptable,  kOpenOutOfMemory,  kOpenWorkerDied,   kOpenedTooLarge,
                                      kSandboxFailed,   kScannerSlow,      kSignatureExpired, kSignatureInFuture,
                                      kSignatureTooOld, kSignerKeyExpired, kStandIn,          kUnknownMailbox};

}  // namespace gateway::codes
