#include "ledger/rules/partner_memory.h"

namespace gateway::ledger {
namespace {

// After this time the gateway tries a larger mail again, because the server's limit may have been
// lifted.
constexpr Milliseconds kLimitCounts{30LL * 86'400'000};

void Remember(Session& session, const std::string& key) {
  session.Execute("INSERT INTO partner_memory (partner_key) VALUES (:key) ON CONFLICT DO NOTHING", key);
}

}  // namespace

void LearnNonce(Session& session, const std::string& key, Time now) {
  if (key.empty() || KnowsNonceSince(session, key)) return;
  Remember(session, key);
  session.Execute("UPDATE partner_memory SET nonce_since = :now WHERE partner_key = :key AND nonce_since IS NULL", now,
                  key);
}

std::optional<Time> KnowsNonceSince(Session& session, const std::string& key) {
  if (key.empty()) return std::nullopt;
  return session.First<Time>(
      "SELECT nonce_since FROM partner_memory WHERE partner_key = :key AND nonce_since IS NOT NULL", key);
}

std::int64_t CountUnmatched(Session& session, const std::string& key) {
  if (key.empty()) return 0;
  Remember(session, key);
  return session
      .First<std::int64_t>(
          "UPDATE partner_memory SET unmatched = unmatched + 1 WHERE partner_key = :key RETURNING unmatched", key)
      .value_or(0);
}

bool RecordMatched(Session& session, const std::string& key, bool rewritten) {
  if (key.empty()) return false;
  session.Execute("UPDATE partner_memory SET unmatched = 0 WHERE partner_key = :key AND unmatched > 0", key);
  const int now = rewritten ? 1 : 0;
  if (rewritten) Remember(session, key);
  const std::int64_t changed = session.Execute(
      "UPDATE partner_memory SET rewrites = :now WHERE partner_key = :key AND rewrites <> :same", now, key, now);
  return rewritten && changed > 0;
}

std::uint64_t KnownSizeLimit(Session& session, const std::string& key, Time now) {
  return session
      .First<std::uint64_t>(
          "SELECT size_limit FROM partner_memory WHERE partner_key = :key AND size_limit > 0 AND size_limit_at > "
          ":since",
          key, now - kLimitCounts)
      .value_or(0);
}

void RememberSizeLimit(Session& session, const std::string& key, std::uint64_t bytes, Time now) {
  if (key.empty()) return;
  Remember(session, key);
  session.Execute("UPDATE partner_memory SET size_limit = :bytes, size_limit_at = :now WHERE partner_key = :key", bytes,
                  now, key);
}

std::int64_t CountReturned(Session& session, const std::string& key) {
  if (key.empty()) return 0;
  Remember(session, key);
  return session
      .First<std::int64_t>(
          "UPDATE partner_memory SET returned = returned + 1 WHERE partner_key = :key RETURNING returned", key)
      .value_or(0);
}

bool RecordTaken(Session& session, const std::string& key) {
  return session.Execute("UPDATE partner_memory SET returned = 0 WHERE partner_key = :key AND returned > 0", key) > 0;
}

}  // namespace gateway::ledger
