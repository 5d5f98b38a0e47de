// Which message a receipt or bounce is about, and whether its writer can have received that message.
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
  bool rewritten = false;  // it names Message-IDs, and none is one that we gave
  std::string copy;        // the Message-ID of that copy, or of a fragment of it; by_set: of the last
};

// By Message-ID, then by the secret, then by the set. nullopt: nothing fits, or the parts do not fit each other.
std::optional<Subject> FindSubject(Session& session, const Report& report);

// Is it the partner that the message went to, by name, address or key?
bool IsOfPartner(Session& session, std::int64_t message, const Report& report);

// What a partner's receipt lacks: "receipt-of-another-mail": it repeats another secret than the message's, or says that
// what it answers had none; "receipt-without-secret": the partner's software is known to repeat secrets, and this does
// not. Empty: nothing.
std::string_view MissingSecret(Session& session, const Subject& subject, const Report& report);

}  // namespace gateway::ledger
