// Says what a mail server's refusal means, by RFC 5321 section 4.2, RFC 3463 and RFC 5248, and by
// what servers say in fact. docs/operations.md has the table. It serves for SMTP replies and for
// bounces.
#pragma once

#include <string_view>

#include "gateway/result.h"

namespace gateway::mail {

enum class Refusal {
  permanent,     // the server will refuse it again as it is
  deferred,      // the reason passes by itself
  mailbox_full,  // the recipient's mailbox; it passes when somebody empties it
  system_full,   // the recipient's mail system has no room
  quota,         // our own account may send no more at present
  too_large,     // smaller mails may pass
};

// The command that the server refused. `later` means that it had taken the mail and refuses it in a
// bounce.
enum class RefusedAt { mail, rcpt, data, later };

// `text` is the reply, with its three digits and its enhanced status code if it has one. For a
// bounce it is the status and the diagnostic. The text is hostile; the time is linear in its
// length.
Refusal MeaningOfRefusal(std::string_view text, RefusedAt at);

// A longer text says nothing more that could be judged.
inline constexpr std::size_t kLongestRefusal = 16'384;

// Returns whether a refusal of the empty sender may be about the sender and not about the
// recipient, our account or the mail. Whatever comes at MAIL may be, because the server knows no
// recipient yet. `error` is what the refusal was taken for, and `reply` has all of its lines.
bool MayConcernSender(const Error& error, RefusedAt at, std::string_view reply);

}  // namespace gateway::mail
