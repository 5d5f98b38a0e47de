// The errors of SMTP and IMAP connections.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kImapConnectionLost{"imap-connection-lost", "The connection to the IMAP server broke."};
inline constexpr ErrorCode kImapGone{"imap-gone",
                                     "The mail, or its folder, is no longer on the IMAP server as it was listed."};
inline constexpr ErrorCode kImapLoginFailed{"imap-login-failed",
                                            "The IMAP server refused the login, or the password file cannot be read."};
inline constexpr ErrorCode kImapNoData{"imap-no-data",
                                       "The IMAP server lists the mail, but hands out nothing or an empty mail."};
inline constexpr ErrorCode kImapNoRoom{"imap-no-room", "The mail is too large for what is left of fetch_free_space."};
inline constexpr ErrorCode kImapRefused{"imap-refused", "The IMAP server refused a command."};
inline constexpr ErrorCode kImapTimeout{"imap-timeout", "The IMAP server did not answer in time."};
inline constexpr ErrorCode kImapTlsFailed{"imap-tls-failed", "TLS with the IMAP server failed."};
inline constexpr ErrorCode kImapTooLarge{"imap-too-large", "The mail is larger than the gateway fetches."};
inline constexpr ErrorCode kImapUnreachable{"imap-unreachable", "The IMAP server cannot be reached."};
inline constexpr ErrorCode kInterrupted{"interrupted", "The gateway stops."};
inline constexpr ErrorCode kSmtpConnectionLost{"smtp-connection-lost", "The connection to the SMTP server broke."};
inline constexpr ErrorCode kSmtpDeferred{"smtp-deferred",
                                         "The SMTP server does not take the message now. The gateway tries again."};
inline constexpr ErrorCode kSmtpLoginFailed{"smtp-login-failed",
                                            "The SMTP server refused the login, or the password file cannot be read."};
inline constexpr ErrorCode kSmtpMailboxFull{"smtp-mailbox-full", "The recipient's mailbox is full."};
inline constexpr ErrorCode kSmtpMessageLost{"smtp-message-lost",
                                            "The connection to the SMTP server broke while the message was sent."};
inline constexpr ErrorCode kSmtpMessageTimeout{"smtp-message-timeout",
                                               "The SMTP server did not answer in time while the message was sent."};
inline constexpr ErrorCode kSmtpQuotaExceeded{"smtp-quota-exceeded", "Our account may send no more for now."};
inline constexpr ErrorCode kSmtpRefused{"smtp-refused", "The SMTP server refused the message for good."};
inline constexpr ErrorCode kSmtpSizeMismatch{
    "smtp-size-mismatch", "The message does not have the size that was announced to the SMTP server."};
inline constexpr ErrorCode kSmtpSystemFull{"smtp-system-full", "The recipient's mail system is full."};
inline constexpr ErrorCode kSmtpTimeout{"smtp-timeout", "The SMTP server did not answer in time."};
inline constexpr ErrorCode kSmtpTlsFailed{"smtp-tls-failed", "TLS with the SMTP server failed."};
inline constexpr ErrorCode kSmtpTooLarge{"smtp-too-large", "The message is larger than the SMTP server takes."};
inline constexpr ErrorCode kSmtpUnreachable{"smtp-unreachable",
                                            "The SMTP server cannot be reached, or has ended its service."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfMail{
    kImapConnectionLost, kImapGone,           kImapLoginFailed,   kImapNoData,      kImapNoRoom,
    kImapRefused,        kImapTimeout,        kImapTlsFailed,     kImapTooLarge,    kImapUnreachable,
    kInterrupted,        kSmtpConnectionLost, kSmtpDeferred,      kSmtpLoginFailed, kSmtpMailboxFull,
    kSmtpMessageLost,    kSmtpMessageTimeout, kSmtpQuotaExceeded, kSmtpRefused,     kSmtpSizeMismatch,
    kSmtpSystemFull,     kSmtpTimeout,        kSmtpTlsFailed,     kSmtpTooLarge,    kSmtpUnreachable};

}  // namespace gateway::codes
