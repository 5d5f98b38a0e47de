#include "ledger/rules/received_instance.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "gateway/item_id.h"
#include "gateway/priority.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/given_last.h"
#include "ledger/rules/holds.h"
#include "ledger/rules/service_rows.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMostCompared = 4;  // each was compared with those before it

struct Row {
  EarlierInstance instance;
  bool inbound = false;
  bool conflict = false;    // a person has not decided about it
  bool dropped = false;     // it counts only if a PACS has it
  bool is_in_pacs = false;  // a PACS was given it last, or is to be given it
};

// Returns all instances of this UID, except those that a person dropped and that no PACS has.
std::vector<Row> RowsOf(Session& session, const std::string& sop_instance_uid,
                        const std::vector<PacsContent>& contents) {
  const std::vector<std::int64_t> in_pacs = ContentOfAny(contents);
  std::vector<Row> rows;
  for (auto& [id, partner, sha256, digest, key, direction, state] :
       session.Rows<std::int64_t, std::string, std::string, std::string, std::string, Direction, InstanceState>(
           "SELECT id, partner, dataset_sha256, digest, COALESCE(spool_key, ''), direction, state FROM instance WHERE "
           "sop_instance_uid = :uid ORDER BY id",
           sop_instance_uid)) {
    const bool is_in_pacs = std::ranges::binary_search(in_pacs, id);
    const bool dropped = state == InstanceState::dropped;
    if (dropped && !is_in_pacs) continue;
    rows.push_back({{id, partner, sha256, digest, key},
                    direction == Direction::inbound,
                    state == InstanceState::conflict,
                    dropped,
                    is_in_pacs});
  }
  return rows;
}

// Returns the latest four, and those that a PACS has.
std::vector<EarlierInstance> OthersOf(const std::vector<Row>& rows, const std::string& dataset_sha256) {
  std::vector<EarlierInstance> others;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (row->conflict || row->instance.dataset_sha256 == dataset_sha256) continue;
    const auto known = std::ranges::find(others, row->instance.dataset_sha256, &EarlierInstance::dataset_sha256);
    if (known == others.end()) {
      if (others.size() < kMostCompared || row->is_in_pacs) others.push_back(row->instance);
      continue;
    }
    if (known->spool_key.empty()) known->spool_key = row->instance.spool_key;
    if (known->digest.empty()) known->digest = row->instance.digest;
  }
  return others;
}

bool IsSameBeside(const NewReceivedInstance& instance, const std::string& dataset_sha256) {
  if (!instance.compared) return false;
  const auto found = instance.compared->find(dataset_sha256);
  return found != instance.compared->end() && found->second.difference == Difference::none;
}

// Returns the instance that this partner sent before, byte for byte or in another transfer syntax.
std::optional<std::int64_t> FindSame(const std::vector<Row>& rows, const std::string& partner,
                                     const NewReceivedInstance& instance) {
  std::optional<std::int64_t> converted;
  for (const Row& row : rows) {
    if (!row.inbound || row.dropped || row.instance.partner != partner) continue;
    if (row.instance.dataset_sha256 == instance.header.dataset_sha256) return row.instance.id;
    if (!converted && !row.conflict && IsSameBeside(instance, row.instance.dataset_sha256)) converted = row.instance.id;
  }
  return converted;
}

std::string InWords(const Compared& compared, const EarlierInstance& earlier, const std::string& partner) {
  const std::string from = earlier.partner.empty() ? "from our own PACS" : "from " + earlier.partner;
  return compared.why + ": " + Format(ItemKind::instance, earlier.id) + " came " + from + ", this one from " + partner;
}

// Decides by comparison with the other instances of its UID: accepted, in conflict, or not
// compared.
ReceivedInstance DecideBeside(const std::vector<EarlierInstance>& others, const NewReceivedInstance& instance,
                              const std::string& partner) {
  ReceivedInstance received;
  Compared gravest{.difference = Difference::none, .taken = true, .why = {}};
  for (const EarlierInstance& other : others) {
    const auto found = instance.compared->find(other.dataset_sha256);
    if (found == instance.compared->end()) return {.outcome = InstanceOutcome::not_compared};
    const Compared& compared = found->second;
    if (compared.difference == Difference::none) continue;
    if (!compared.taken) received.outcome = InstanceOutcome::conflict;
    const auto gravity = [](const Compared& one) { return std::pair(!one.taken, one.difference); };
    if (gravity(compared) <= gravity(gravest)) continue;
    gravest = compared;
    received.change = InstanceChange{other.id, other.partner, InWords(compared, other, partner)};
  }
  return received;
}

// Decides by the partner alone, because nothing was compared.
ReceivedInstance DecideByPartner(const std::vector<Row>& rows, const std::string& partner) {
  ReceivedInstance received;
  for (const Row& row : rows) {
    if (!row.inbound || row.instance.partner != partner) continue;
    const Compared compared{.why = "the same SOP Instance UID came before with another data set"};
    received.outcome = InstanceOutcome::conflict;
    received.change = InstanceChange{row.instance.id, partner, InWords(compared, row.instance, partner)};
  }
  return received;
}

std::int64_t InsertInstance(Session& session, InstanceState state, const Sending& sending,
                            const NewReceivedInstance& instance, const std::string& difference, Time now) {
  const InstanceHeader& header = instance.header;
  return *session.First<std::int64_t>(
      "INSERT INTO instance (direction, state, sop_class_uid, sop_instance_uid, transfer_syntax_uid, "
      "study_instance_uid, series_instance_uid, has_meta_header, dataset_offset, file_size, dataset_sha256, spool_key, "
      "mail, partner, received, digest, difference) VALUES (:direction, :state, :sop_class, :sop_instance, "
      ":transfer_syntax, :study, :series, :meta, :offset, :size, :sha256, :key, :mail, :partner, :received, :digest, "
      ":difference) RETURNING id",
      Direction::inbound, state, header.sop_class_uid, header.sop_instance_uid, header.transfer_syntax_uid,
      header.study_instance_uid, header.series_instance_uid, header.has_meta_header, header.dataset_offset,
      header.file_size, header.dataset_sha256, instance.spool_key, sending.mail, sending.partner, now, header.digest,
      difference);
}

// Says who is behind an instance that was here already.
enum class Came {
  with_this_mail,  // which is opened once more, or holds the instance twice
  once_more,       // with another mail; its sender may have nothing to do with that
  anew             // its sender has sent it anew, in a mail of its own
};

Came HowItCame(Session& session, const Sending& sending, std::int64_t instance) {
  Came came = sending.anew ? Came::anew : Came::once_more;
  for (const char* sql : {"SELECT mail.id, message_id FROM instance JOIN mail ON mail.id = instance.mail WHERE "
                          "instance.id = :id",
                          "SELECT mail.id, message_id FROM mail_duplicate JOIN mail ON mail.id = mail_duplicate.mail "
                          "WHERE mail_duplicate.instance = :id"}) {
    for (const auto& [id, message_id] : session.Rows<std::int64_t, std::string>(sql, instance)) {
      if (id == sending.mail) return Came::with_this_mail;
      if (!message_id.empty() && message_id == sending.message_id) came = Came::once_more;
    }
  }
  return came;
}

// A duplicate that another mail brings, and what is known about its UID.
struct Anew {
  std::int64_t id = 0;  // the first instance's id
  Came came = Came::anew;
  const NewReceivedInstance& instance;
  const Sending& sending;
  const std::vector<Row>& rows;
  const std::vector<PacsContent>& contents;
};

// Decides about the duplicate as about a changed instance, because the PACS may have another
// content under its UID.
ReceivedInstance DecideAnew(const Anew& anew, const std::string& pacs) {
  std::vector<EarlierInstance> others = ContentOf(anew.contents, pacs);
  std::erase_if(others, [&](const EarlierInstance& other) {
    return other.id == anew.id || other.dataset_sha256 == anew.instance.header.dataset_sha256;
  });
  if (anew.instance.compared) return DecideBeside(others, anew.instance, anew.sending.partner);
  std::vector<Row> rows;
  for (EarlierInstance& other : others) rows.push_back({.instance = std::move(other), .inbound = true});
  return DecideByPartner(rows, anew.sending.partner);
}

// Returns the same instance if it already waits for a person.
std::optional<std::int64_t> FindConflict(const Anew& anew) {
  for (const Row& row : anew.rows) {
    if (row.conflict && row.instance.partner == anew.sending.partner &&
        row.instance.dataset_sha256 == anew.instance.header.dataset_sha256) {
      return row.instance.id;
    }
  }
  return std::nullopt;
}

// If the old copy's file is gone, the new copy's file takes its place. Returns whether it did.
bool StandIn(Session& session, std::int64_t id, const NewReceivedInstance& instance) {
  const InstanceHeader& header = instance.header;
  return session.Execute(
             "UPDATE instance SET spool_key = :key, file_size = :size, dataset_offset = :offset, has_meta_header = "
             ":meta, transfer_syntax_uid = :syntax, dataset_sha256 = :sha256, digest = :digest WHERE id = :id AND "
             "spool_key IS NULL",
             instance.spool_key, header.file_size, header.dataset_offset, header.has_meta_header,
             header.transfer_syntax_uid, header.dataset_sha256, header.digest, id) > 0;
}

// Returns whether StartDelivery() would do something.
bool IsToStart(Session& session, std::int64_t instance, const std::string& pacs) {
  const auto state = session.First<DeliveryState>(
      "SELECT state FROM delivery WHERE instance = :instance AND pacs = :pacs", instance, pacs);
  return !state || IsOneOf(*state, DeliveryState::stored, DeliveryState::failed);
}

// An instance in conflict has its own row, which waits for a person. Its release delivers it to all
// PACS of the routes.
ReceivedInstance KeepAsConflict(Session& session, const Anew& anew, const InstanceChange& change, Time now) {
  if (const auto before = FindConflict(anew)) {
    AddMailDuplicate(session, anew.sending.mail, *before);
    return {.instance = *before, .outcome = InstanceOutcome::duplicate};
  }
  ReceivedInstance received{.outcome = InstanceOutcome::conflict, .change = change};
  received.instance =
      InsertInstance(session, InstanceState::conflict, anew.sending, anew.instance, change.difference, now);
  return received;
}

const std::string kStateAndFile = Sql("SELECT state, spool_key IS NOT NULL FROM instance WHERE id = :id", kLocked);

OnDuplicate OnDuplicateAt(const NewReceivedInstance& instance, const std::string& pacs) {
  const auto found = instance.on_duplicate.find(pacs);
  return found == instance.on_duplicate.end() ? OnDuplicate::ignore : found->second;
}

InstanceChange SameAgain(const Anew& anew) {
  const Compared compared{.why = "the same instance came again, and the rule quarantines duplicates"};
  return {anew.id, anew.sending.partner,
          InWords(compared, {anew.id, anew.sending.partner, {}, {}, {}}, anew.sending.partner)};
}

// What becomes of a duplicate at each PACS of the routes of now.
struct Plan {
  std::vector<std::string> pacs;           // those that get it once more
  std::optional<InstanceChange> change;    // one of these has another content of its UID
  std::optional<InstanceChange> conflict;  // a person has to decide about the others
  bool compared = true;
};

// A PACS that was given the same instance last just gets it again; for another PACS it counts as a
// changed instance.
Plan PlanOf(Session& session, const Anew& anew) {
  Plan plan;
  for (const std::string& name : anew.instance.pacs) {
    const OnDuplicate on_duplicate = OnDuplicateAt(anew.instance, name);
    if (anew.came != Came::anew && on_duplicate != OnDuplicate::forward) continue;
    if (on_duplicate == OnDuplicate::quarantine) {
      plan.conflict = SameAgain(anew);
      continue;
    }
    if (!IsToStart(session, anew.id, name)) continue;
    ReceivedInstance decided = DecideAnew(anew, name);
    plan.compared = plan.compared && decided.outcome != InstanceOutcome::not_compared;
    if (decided.outcome == InstanceOutcome::conflict) {
      plan.conflict = std::move(decided.change);
    } else {
      plan.pacs.push_back(name);
      if (decided.change) plan.change = std::move(decided.change);
    }
  }
  return plan;
}

ReceivedInstance DeliverOnceMore(Session& session, const Anew& anew, Time now) {
  const auto [state, has_file] = *session.Row<InstanceState, bool>(kStateAndFile, anew.id);
  ReceivedInstance received{.instance = anew.id, .outcome = InstanceOutcome::duplicate};
  if (!IsOneOf(state, InstanceState::stored, InstanceState::accepted)) return received;
  Plan plan = PlanOf(session, anew);
  if (!plan.compared) return {.outcome = InstanceOutcome::not_compared};
  // There is only one new file, and the instance that waits for the person keeps it.
  if (plan.conflict && !has_file) plan.pacs.clear();
  for (const std::string& name : plan.pacs) StartDelivery(session, anew.id, name, false, now);
  if (plan.conflict) {
    received = KeepAsConflict(session, anew, *plan.conflict, now);
    if (!plan.pacs.empty()) received.again = anew.id;
    return received;
  }
  if (plan.pacs.empty()) return received;
  received.outcome = InstanceOutcome::again;
  received.keeps_file = StandIn(session, anew.id, anew.instance);
  received.change = std::move(plan.change);
  if (!received.change) return received;
  session.Execute("UPDATE instance SET difference = :difference WHERE id = :id", received.change->difference, anew.id);
  return received;
}

// Does the same as LockUidOf(), by the instance. On SQLite it runs no statement.
void LockUid(Session& session, std::int64_t instance) {
  if constexpr (kLocked.empty()) return;
  const auto uid = session.First<std::string>("SELECT sop_instance_uid FROM instance WHERE id = :id", instance);
  if (uid) LockName(session, LockOf::uid, *uid);
}

}  // namespace

std::vector<EarlierInstance> FindOthers(Session& session, const std::string& sop_instance_uid,
                                        const std::string& dataset_sha256) {
  return OthersOf(RowsOf(session, sop_instance_uid, PacsContentsOf(session, sop_instance_uid)), dataset_sha256);
}

// The same instance from the same partner is a duplicate, and its file is not needed. Any other
// content under its UID would replace what the PACS has, so it is compared first, and a person
// decides if the difference is not allowed.
ReceivedInstance RecordInstance(Session& session, const Sending& sending, const NewReceivedInstance& instance,
                                Time now) {
  const std::vector<PacsContent> contents = PacsContentsOf(session, instance.header.sop_instance_uid);
  const std::vector<Row> rows = RowsOf(session, instance.header.sop_instance_uid, contents);
  if (const auto same = FindSame(rows, sending.partner, instance)) {
    const Came came = HowItCame(session, sending, *same);
    AddMailDuplicate(session, sending.mail, *same);
    if (came != Came::with_this_mail) {
      return DeliverOnceMore(session, {*same, came, instance, sending, rows, contents}, now);
    }
    return {.instance = *same, .outcome = InstanceOutcome::duplicate};
  }
  ReceivedInstance received =
      instance.compared ? DecideBeside(OthersOf(rows, instance.header.dataset_sha256), instance, sending.partner)
                        : DecideByPartner(rows, sending.partner);
  if (received.outcome == InstanceOutcome::not_compared) return received;
  const bool conflict = received.outcome == InstanceOutcome::conflict;
  if (!conflict && instance.pacs.empty()) received.outcome = InstanceOutcome::undeliverable;
  const bool accepted = received.outcome == InstanceOutcome::accepted;
  const InstanceState state = conflict   ? InstanceState::conflict
                              : accepted ? InstanceState::accepted
                                         : InstanceState::undeliverable;
  const std::string difference = received.change ? received.change->difference : std::string();
  received.instance = InsertInstance(session, state, sending, instance, difference, now);
  AddServiceResult(session, instance.answers, received.instance, now);
  received.answers = instance.answers;
  received.service = instance.service;
  if (!accepted) return received;
  for (const std::string& pacs : instance.pacs) {
    const auto rule = instance.rules.find(pacs);
    AddDelivery(session, received.instance, pacs, now, rule == instance.rules.end() ? std::string() : rule->second,
                instance.changing.contains(pacs));
  }
  return received;
}

void AddDelivery(Session& session, std::int64_t instance, const std::string& pacs, Time now, const std::string& rule,
                 bool changes) {
  LockUid(session, instance);
  ShareHold(session, {DestinationKind::pacs, pacs});
  session.Execute(
      Sql("INSERT INTO delivery (state, instance, pacs, created, priority, decided, rule, changes) SELECT CASE WHEN ",
          IsHeldSql(DestinationKind::pacs, ":pacs"), " THEN ", DeliveryState::held, " ELSE ", DeliveryState::waiting,
          " END, id, :name, :now, COALESCE((SELECT priority FROM mail WHERE mail.id = instance.mail), :normal), "
          "COALESCE((SELECT MAX(other.decided) FROM instance AS same JOIN delivery AS other ON other.instance = "
          "same.id "
          "WHERE same.sop_instance_uid = instance.sop_instance_uid), 0) + 1, COALESCE(NULLIF(:rule, ''), (SELECT "
          "earlier.rule FROM delivery AS earlier WHERE earlier.instance = instance.id AND earlier.rule <> '' ORDER BY "
          "earlier.id LIMIT 1), ''), CASE WHEN :named <> '' THEN :changes ELSE COALESCE((SELECT earlier.changes FROM "
          "delivery AS earlier WHERE earlier.instance = instance.id AND earlier.rule <> '' ORDER BY earlier.id LIMIT "
          "1), "
          "0) END FROM instance WHERE id = :instance ON CONFLICT (instance, pacs) DO NOTHING"),
      pacs, pacs, now, static_cast<int>(Priority::normal), rule, rule, changes ? 1 : 0, instance);
}

void DeliverAgain(Session& session, std::int64_t delivery, Time now) {
  session.Execute(Sql("UPDATE delivery SET state = ", DeliveryState::waiting,
                      ", created = :now, finished = NULL, status = NULL, tries = 0, next_try = 0, error_code = '', "
                      "error_detail = '' WHERE id = :id"),
                  now, delivery);
  ObeyHoldOfDelivery(session, delivery);
}

// A delivery that a person cancelled stays cancelled, unless it is a person who starts it again
// (`revive`).
bool StartDelivery(Session& session, std::int64_t instance, const std::string& pacs, bool revive, Time now) {
  const auto found = session.Row<std::int64_t, DeliveryState>(
      Sql("SELECT id, state FROM delivery WHERE instance = :instance AND pacs = :pacs", kLocked), instance, pacs);
  if (found) {
    const auto& [delivery, state] = *found;
    if (IsOneOf(state, DeliveryState::waiting, DeliveryState::held)) return false;
    if (state == DeliveryState::cancelled && !revive) return false;
    DeliverAgain(session, delivery, now);
    NoteDecided(session, delivery);
    if (state == DeliveryState::failed) TellAnew(session, instance);
  } else {
    AddDelivery(session, instance, pacs, now);
  }
  session.Execute(Sql("UPDATE instance SET state = ", InstanceState::accepted,
                      ", finished = NULL WHERE id = :id AND state = ", InstanceState::stored),
                  instance);
  return true;
}

ReceivedInstance DeliverObjectAgain(Session& session, std::int64_t instance, const NewReceivedInstance* made,
                                    Time now) {
  ReceivedInstance received{.instance = instance, .outcome = InstanceOutcome::duplicate};
  const auto [state, has_file] = *session.Row<InstanceState, bool>(kStateAndFile, instance);
  if (!IsOneOf(state, InstanceState::stored, InstanceState::accepted)) return received;
  if (!has_file && made == nullptr) return received;
  for (const std::string& pacs :
       session.FirstColumn<std::string>("SELECT pacs FROM delivery WHERE instance = :id ORDER BY id", instance)) {
    if (StartDelivery(session, instance, pacs, false, now)) received.outcome = InstanceOutcome::again;
  }
  const bool stands_in = made != nullptr && received.outcome == InstanceOutcome::again;
  if (stands_in) received.keeps_file = StandIn(session, instance, *made);
  return received;
}

void AddMailDuplicate(Session& session, std::int64_t mail, std::int64_t instance) {
  session.Execute(
      "INSERT INTO mail_duplicate (mail, instance) SELECT :mail, id FROM instance WHERE id = :instance AND "
      "mail <> :same ON CONFLICT (mail, instance) DO NOTHING",
      mail, instance, mail);
}

}  // namespace gateway::ledger
