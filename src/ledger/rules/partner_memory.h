// What was learned of a partner's software and mail servers, by its key: a partner that is renamed in the configuration
// is still known. Table partner_memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/time.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Each does nothing without a `key`, the fingerprint of the partner's primary key.

// Something that the key has signed shows that the partner's software repeats secrets in its receipts.
void LearnNonce(Session& session, const std::string& key, Time now);
// Since when that is known; nullopt: it is not.
std::optional<Time> KnowsNonceSince(Session& session, const std::string& key);

// One more receipt that fits nothing that was sent. How many came since the last that did.
std::int64_t CountUnmatched(Session& session, const std::string& key);
// A receipt fits. `rewritten`: though nobody ever sent the Message-ID that it names. True: that is new.
bool RecordMatched(Session& session, const std::string& key, bool rewritten);

// Bytes of one mail that the partner's mail servers take, where they refused larger ones; 0: not known, or forgotten.
std::uint64_t KnownSizeLimit(Session& session, const std::string& key, Time now);
void RememberSizeLimit(Session& session, const std::string& key, std::uint64_t bytes, Time now);

// One more mail came back, for a reason that passes. How many since the partner answered last.
std::int64_t CountReturned(Session& session, const std::string& key);
// The partner answers. True: mails had come back before.
bool RecordTaken(Session& session, const std::string& key);

}  // namespace gateway::ledger
