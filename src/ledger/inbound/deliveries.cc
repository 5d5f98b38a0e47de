// Received instances on their way to the PACS.
#include "ledger/deliveries.h"

#include <utility>

#include "ledger/received_instance.h"
#include "ledger/rules/derived_files.h"
#include "ledger/rules/given_last.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"
#include "ledger/store/unclaim.h"

namespace gateway::ledger {
namespace {

const std::string kAny =
    Sql("state = ", DeliveryState::waiting, " AND pacs = :pacs AND next_try <= :now AND claimed_until < :free_at");
// A delivery in doubt keeps its place on its first try, or as an emergency. Otherwise it comes only
// if there is no other one, because it may keep the PACS from answering.
const std::string kHopeful = kAny + " AND (in_doubt = 0 OR tries = 0 OR priority = 0)";
// An earlier claim ended by itself, because its worker died or is not heard of. The PACS may have
// the instance. The claim marks such a delivery by kNewDoubt, and its transaction goes on with
// NoteDoubt().
constexpr int kNewDoubt = 2;
constexpr std::string_view kDoubt = ", in_doubt = CASE WHEN claimed_until > 0 THEN 2 ELSE in_doubt END";
const Claimable kOldest{"delivery", kHopeful, "priority, id", "priority, 0", kDoubt};
const Claimable kNewest{"delivery", kHopeful, "priority, id DESC", "priority, -id", kDoubt};
const Claimable kDoubtful{"delivery", kAny, "priority, id", "priority, 0", kDoubt};

DeliveryToMake LoadDelivery(Session& session, std::int64_t id) {
  DeliveryToMake delivery;
  delivery.id = id;
  int priority = 0;
  int in_doubt = 0;
  int changes = 0;
  std::optional<std::int64_t> derived;
  std::tie(delivery.instance, delivery.spool_key, delivery.sop_class_uid, delivery.sop_instance_uid,
           delivery.transfer_syntax_uid, delivery.dataset_offset, delivery.tries, delivery.created, priority, in_doubt,
           delivery.partner, delivery.rule, changes, derived) =
      *session.Row<std::int64_t, std::string, std::string, std::string, std::string, std::uint64_t, unsigned, Time, int,
                   int, std::string, std::string, int, std::optional<std::int64_t>>(
          "SELECT instance.id, spool_key, sop_class_uid, sop_instance_uid, transfer_syntax_uid, dataset_offset, "
          "tries, created, priority, in_doubt, instance.partner, delivery.rule, changes, derived FROM delivery JOIN "
          "instance ON "
          "instance.id = "
          "instance WHERE delivery.id = :id",
          id);
  delivery.priority = static_cast<Priority>(priority);
  delivery.in_doubt = in_doubt != 0;
  delivery.changes = changes != 0;
  delivery.derived = LoadDerived(session, derived);
  return delivery;
}

// Until a worker is asked again whether it still has the other content in hand.
constexpr Milliseconds kMoment{1000};

// However a delivery became due, only this keeps it from undoing what was decided after it.
struct FairClaim {
  Time now;
  std::vector<StoppedDelivery>& stopped;

  std::vector<DeliveryToMake> operator()(Session& session, const std::vector<std::int64_t>& ids) const {
    std::vector<DeliveryToMake> deliveries;
    for (const std::int64_t id : ids) {
      const auto doubt = *session.First<int>("SELECT in_doubt FROM delivery WHERE id = :id", id);
      if (doubt == kNewDoubt) NoteDoubt(session, id);
    }
    for (const std::int64_t id : ids) {
      NoteEndedClaims(session, id, ids, now);
      const Standing standing = StandingOf(session, id, ids, now);
      if (standing.waits) {
        session.Execute("UPDATE delivery SET claimed_until = 0, next_try = :next WHERE id = :id", now + kMoment, id);
      } else if (standing.overtaken) {
        Stop(session, id, *standing.replaced);
      } else {
        deliveries.push_back(LoadDelivery(session, id));
      }
    }
    return deliveries;
  }

  void Stop(Session& session, std::int64_t id, const EarlierInstance& by) const {
    Error error = StopOvertaken(session, id, by);
    const auto instance = *session.First<std::int64_t>("SELECT instance FROM delivery WHERE id = :id", id);
    const bool due = UpdateReceipts(session, MailsOfInstance(session, instance), now);
    stopped.push_back({id, instance, std::move(error), due});
  }
};

}  // namespace

Result<std::vector<DeliveryToMake>> Deliveries::Claim(const std::string& pacs, std::size_t limit, Time now,
                                                      Milliseconds lease, ClaimFirst first,
                                                      std::vector<StoppedDelivery>* stopped) {
  std::vector<StoppedDelivery> untold;
  const FairClaim load{now, stopped == nullptr ? untold : *stopped};
  const Claimable& hopeful = first == ClaimFirst::newest ? kNewest : kOldest;
  for (const Claimable& what : {hopeful, kDoubtful}) {
    GATEWAY_ASSIGN(auto claimed,
                   ClaimAllRows<DeliveryToMake>(database_, what, load, now + lease, limit, pacs, now, now));
    if (!claimed.empty()) return claimed;
  }
  return std::vector<DeliveryToMake>();
}

Result<bool> Deliveries::HasUrgent(const std::string& pacs, Time now) {
  return database_.impl().Read([&](Session& session) -> Result<bool> {
    return session
        .First<std::int64_t>(
            Sql("SELECT id FROM delivery WHERE state = ", DeliveryState::waiting,
                " AND pacs = :pacs AND priority = :urgent AND next_try <= :now AND claimed_until < :free_at LIMIT 1"),
            pacs, static_cast<int>(Priority::emergency), now, now)
        .has_value();
  });
}

Result<bool> Deliveries::RecordDelivered(std::int64_t delivery, unsigned status, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    LockUidOf(session, delivery);
    const auto found = session.Row<DeliveryState, std::int64_t>(
        Sql("SELECT state, instance FROM delivery WHERE id = :id", kLocked), delivery);
    if (!found) return NoSuchItem(ItemKind::delivery, delivery);
    const auto& [state, instance] = *found;
    if (state == DeliveryState::stored) return false;
    // Its last two deliveries may be stored at once.
    LockRows(session, "SELECT id FROM instance WHERE id = :id", instance);
    session.Execute(Sql("UPDATE delivery SET state = ", DeliveryState::stored,
                        ", held = 0, status = :status, finished = :now, claimed_until = 0, error_code = '', "
                        "error_detail = '' WHERE id = :id"),
                    status, now, delivery);
    NoteGiven(session, delivery);
    // An instance that was dropped while a worker had its delivery in hand is stored all the same.
    session.Execute(
        Sql("UPDATE instance SET state = ", InstanceState::stored, ", finished = :now WHERE id = :id AND state ",
            In(InstanceState::accepted, InstanceState::dropped),
            " AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.instance = instance.id AND delivery.state ",
            NotIn(DeliveryState::stored, DeliveryState::cancelled), ")"),
        now, instance);
    return UpdateReceipts(session, MailsOfInstance(session, instance), now);
  });
}

Result<bool> Deliveries::RecordFailure(std::int64_t delivery, const Error& error, std::optional<Time> next_try,
                                       Time now) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    // A delivery that was held while a worker had it in hand stays held, until a person releases it
    // to be tried anew.
    const auto failed = session.Row<std::int64_t, DeliveryState>(
        Sql("UPDATE delivery SET state = CASE state WHEN ", DeliveryState::held, " THEN ", DeliveryState::held,
            " ELSE :state END, tries = tries + 1, next_try = :next, claimed_until = 0, error_code = :code, "
            "error_detail = :detail WHERE id = :id AND state ",
            In(DeliveryState::waiting, DeliveryState::held), kIsOurs, " RETURNING instance, state"),
        next_try ? DeliveryState::waiting : DeliveryState::failed, next_try.value_or(Time{}), error.code, error.detail,
        delivery, database_.impl().node());
    if (!failed || std::get<1>(*failed) != DeliveryState::failed) return false;
    return UpdateReceipts(session, MailsOfInstance(session, std::get<0>(*failed)), now);
  });
}

Result<void> Deliveries::RecordDoubt(std::int64_t delivery) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    NoteDoubt(session, delivery);
    return {};
  });
}

Result<void> Deliveries::Unclaim(const std::vector<std::int64_t>& deliveries) {
  return UnclaimRows(database_, "delivery", deliveries);
}

}  // namespace gateway::ledger
