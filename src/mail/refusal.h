// What a mail server's refusal means, by RFC 5321 section 4.2, RFC 3463, RFC 5248, and by what servers say in fact. The
// table stands in docs/operations.md. Of SMTP replies and of bounces.
#pragma once

#include <string_view>

#include "gateway/result.h"

namespace gateway::mail {

enum class Refusal {
  permanent,     // it will be refused again as it is
  deferred,      // it passes by itself
  mailbox_full,  // the recipient's; passes when somebody empties it
  system_full,   // the recipient's mail system has no room
  quota,         // our own account may send no more for the time being
  too_large,     // smaller ones may pass
};

// To which command the server gave it; later: after it had taken the mail, in a bounce.
enum class RefusedAt { mail, rcpt, data, later };

// `text`: the reply, with its three digits and its enhanced status code where it has one; or the status and the
// diagnostic of a bounce. Hostile: linear in its length.
Refusal JudgeRefusal(std::string_view text, RefusedAt at);

// May a refusal, of code "smtp-refused" or "smtp-deferred", be about the sender's address and not the recipient's?
bool MayConcernSender(const Error& error);

}  // namespace gateway::mail
