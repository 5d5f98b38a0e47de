// Lets deliveries fall back to another PACS.
#include "ledger/pacs_fallbacks.h"

#include <string_view>

#include "base/joined.h"
#include "ledger/destination_name.h"
#include "ledger/error_codes.h"
#include "ledger/row_words.h"
#include "ledger/rules/given_last.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/rules/received_instance.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

constexpr int kAtOnce = 200;

// The fallback PACS may have the instance already, by another rule.
void FinishIfStored(Session& session, std::int64_t instance, Time now) {
  LockRows(session, "SELECT id FROM instance WHERE id = :id", instance);
  session.Execute(
      Sql("UPDATE instance SET state = ", InstanceState::stored,
          ", finished = :now WHERE id = :id AND state = ", InstanceState::accepted,
          " AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.instance = instance.id AND delivery.state ",
          NotIn(DeliveryState::stored, DeliveryState::cancelled), ")"),
      now, instance);
}

// Changes a delivery whose row `condition` allows that, and adds those to the fallback PACS. They
// go by the same rule.
template <typename... Values>
std::optional<FellBack> FallBack(Session& session, std::int64_t delivery, const std::vector<std::string>& to,
                                 const Error& why, Time now, std::string_view condition, const Values&... values) {
  LockUidOf(session, delivery);
  const auto row = session.Row<std::int64_t, std::string, int, int>(
      Sql("UPDATE delivery SET state = ", DeliveryState::cancelled,
          ", claimed_until = 0, next_try = 0, finished = :now, error_code = :code, error_detail = :detail WHERE id = "
          ":id AND state = ",
          DeliveryState::waiting, condition, " RETURNING instance, rule, changes, in_doubt"),
      now, codes::kFellBack.name,
      "to pacs " + Joined(to) + ": " + why.code + (why.detail.empty() ? "" : ": " + why.detail), delivery, values...);
  if (!row) return std::nullopt;
  const auto& [instance, rule, changes, in_doubt] = *row;
  for (const std::string& pacs : to) AddDelivery(session, instance, pacs, now, rule, changes != 0);
  FinishIfStored(session, instance, now);
  const bool due = UpdateReceipts(session, MailsOfInstance(session, instance), now);
  return FellBack{delivery, instance, why, in_doubt != 0, due};
}

struct Candidate {
  std::int64_t id = 0;
  Error why;
};

// The reason is that of the delivery's own last try, or why the PACS is away.
std::vector<Candidate> CandidatesOf(Session& session, const std::string& pacs, const std::string& rule, Time long_ago,
                                    Time now) {
  std::vector<Candidate> candidates;
  for (auto& [id, code, detail, away_code, away_detail] :
       session.Rows<std::int64_t, std::string, std::string, std::string, std::string>(
           Sql("SELECT delivery.id, delivery.error_code, delivery.error_detail, COALESCE(away.error_code, ''), "
               "COALESCE(away.error_detail, '') FROM delivery LEFT JOIN away_destination AS away ON away.kind = ",
               DestinationKind::pacs, " AND away.name = delivery.pacs AND away.since <= :since WHERE delivery.state = ",
               DeliveryState::waiting,
               " AND delivery.pacs = :pacs AND delivery.rule = :rule AND delivery.claimed_until < :free_at AND "
               "(away.name IS NOT NULL OR (delivery.tries > 0 AND delivery.created <= :created)) ORDER BY "
               "delivery.priority, delivery.id LIMIT :limit"),
           long_ago, pacs, rule, now, long_ago, kAtOnce)) {
    const bool away = !away_code.empty();
    candidates.push_back({id, ErrorNamed(Fault::transient, away ? away_code : code, away ? away_detail : detail)});
  }
  return candidates;
}

}  // namespace

Result<std::vector<FellBack>> PacsFallbacks::FallBackWaiting(const std::string& pacs, const std::string& rule,
                                                             const std::vector<std::string>& to, Milliseconds after,
                                                             Time now) {
  const Time long_ago = now - after;
  // Most often there is none, and then the writer is left alone.
  GATEWAY_ASSIGN(const bool any, database_.impl().Read([&](Session& session) -> Result<bool> {
    return !CandidatesOf(session, pacs, rule, long_ago, now).empty();
  }));
  if (!any) return std::vector<FellBack>();
  return database_.impl().Write([&](Session& session) -> Result<std::vector<FellBack>> {
    std::vector<FellBack> fallen;
    for (const Candidate& candidate : CandidatesOf(session, pacs, rule, long_ago, now)) {
      auto one = FallBack(session, candidate.id, to, candidate.why, now, " AND claimed_until < :free_at", now);
      if (one) fallen.push_back(*std::move(one));
    }
    return fallen;
  });
}

Result<std::optional<FellBack>> PacsFallbacks::FallBackRefused(std::int64_t delivery,
                                                               const std::vector<std::string>& to, const Error& why,
                                                               Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::optional<FellBack>> {
    return FallBack(session, delivery, to, why, now, kIsOurs, database_.impl().node());
  });
}

}  // namespace gateway::ledger
