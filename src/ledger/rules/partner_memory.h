// Keeps what the gateway has learned about a partner's software and mail servers (table
// partner_memory). It is kept by the partner's key, so that the gateway still knows a partner that
// was renamed in the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/time.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// None of these functions does anything if `key`, the fingerprint of the partner's primary key, is
// empty.

// Call this if something that the key has signed shows that the partner's software repeats secrets
// in its receipts.
void LearnNonce(Session& session, const std::string& key, Time now);
// Returns since when that is known. nullopt means that it is not known.
std::optional<Time> KnowsNonceSince(Session& session, const std::string& key);

// Counts one more receipt that fits nothing that was sent. Returns how many came since the last one
// that did fit.
std::int64_t CountUnmatched(Session& session, const std::string& key);
// Records that a receipt fits. `rewritten` says that it fits although nobody ever sent the
// Message-ID that it names. Returns true if that is new.
bool RecordMatched(Session& session, const std::string& key, bool rewritten);

// Returns the size in bytes of a mail that the partner's mail servers take, after they refused
// larger ones. 0 means that none is known, or that it was forgotten.
std::uint64_t KnownSizeLimit(Session& session, const std::string& key, Time now);
void RememberSizeLimit(Session& session, const std::string& key, std::uint64_t bytes, Time now);

// Counts one more mail that came back for a temporary reason. Returns how many came back since the
// partner answered last.
std::int64_t CountReturned(Session& session, const std::string& key);
// Records that the partner answers. Returns true if mails had come back before.
bool RecordTaken(Session& session, const std::string& key);

}  // namespace gateway::ledger
