// Finds the message that a receipt or bounce is about, and decides whether its writer can have
// received that message.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ledger/reports.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

struct Subject {
  std::int64_t message = 0;
  bool latest = false;     // the report is about the copy that left last, not about one before it
  bool by_set = false;     // nobody can say which copy it is about
  bool by_nonce = false;   // it repeats the secret of the message
  bool rewritten = false;  // it names Message-IDs, and none of them is ours
  // The Message-ID of that copy or of its fragment; with by_set, of the last copy.
  std::string copy;
};

// Looks by Message-ID, then by the secret, then by the set. nullopt means that nothing fits, or
// that the parts of the report contradict each other.
std::optional<Subject> FindSubject(Session& session, const Report& report);

// Returns whether the report's partner is the one that the message went to, by name, address or
// key.
bool IsOfPartner(Session& session, std::int64_t message, const Report& report);

// Returns what a partner's receipt lacks. "receipt-of-another-mail": it repeats another secret than
// the message's, or says that the mail that it answers had none. "receipt-without-secret": the
// partner's software is known to repeat secrets, and this receipt repeats none. Empty: nothing.
std::string_view MissingSecret(Session& session, const Subject& subject, const Report& report);

}  // namespace gateway::ledger
