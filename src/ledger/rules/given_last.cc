#include "ledger/rules/given_last.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/instance_digest.h"
#include "gateway/item_id.h"
#include "ledger/error_codes.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

void LockUidOf(Session& session, std::int64_t delivery) {
  // On SQLite the lock does nothing, so the search for its name would be wasted.
  if constexpr (kLocked.empty()) return;
  const auto uid = session.First<std::string>(
      "SELECT sop_instance_uid FROM delivery JOIN instance ON instance.id = delivery.instance WHERE delivery.id = :id",
      delivery);
  if (uid) LockName(session, LockOf::uid, *uid);
}

std::vector<PacsContent> PacsContentsOf(Session& session, const std::string& sop_instance_uid) {
  LockName(session, LockOf::uid, sop_instance_uid);
  std::vector<PacsContent> contents;
  static const std::string kByDeliveries = Sql(
      "SELECT instance.id, partner, dataset_sha256, digest, COALESCE(spool_key, ''), delivery.pacs, delivery.state, "
      "delivery.given, delivery.decided FROM instance JOIN delivery ON delivery.instance = instance.id WHERE "
      "sop_instance_uid = :uid AND (delivery.given > 0 OR delivery.state ",
      In(DeliveryState::waiting, DeliveryState::held), ") ORDER BY delivery.id");
  // given_before holds what a PACS was given by deliveries that a person has sent to another PACS
  // since.
  static const std::string kBefore =
      "SELECT instance.id, partner, dataset_sha256, digest, COALESCE(spool_key, ''), given_before.pacs, NULL, "
      "given_before.given, given_before.decided FROM instance JOIN given_before ON given_before.instance = instance.id "
      "WHERE sop_instance_uid = :uid ORDER BY instance.id";
  for (const std::string* sql : {&kByDeliveries, &kBefore}) {
    for (auto& [id, partner, sha256, digest, key, pacs, state, given, decided] :
         session.Rows<std::int64_t, std::string, std::string, std::string, std::string, std::string,
                      std::optional<DeliveryState>, std::int64_t, std::int64_t>(*sql, sop_instance_uid)) {
      const bool is_pending = state && IsOneOf(*state, DeliveryState::waiting, DeliveryState::held);
      contents.push_back({{id, partner, sha256, digest, key}, pacs, is_pending, given, decided});
    }
  }
  return contents;
}

namespace {

// Adds what this PACS was given last, and what it is to be given last, unless they are there.
void AddContentOf(const std::vector<PacsContent>& contents, std::string_view pacs,
                  std::vector<const PacsContent*>& found) {
  const PacsContent* last = nullptr;
  const PacsContent* next = nullptr;
  for (const PacsContent& content : contents) {
    if (content.pacs != pacs) continue;
    if (content.pending && (next == nullptr || content.decided > next->decided)) next = &content;
    if (content.given > (last == nullptr ? 0 : last->given)) last = &content;
  }
  for (const PacsContent* const one : {last, next}) {
    if (one == nullptr) continue;
    const auto same = [one](const PacsContent* other) { return other->instance.id == one->instance.id; };
    if (const auto there = std::ranges::find_if(found, same); there == found.end()) {
      found.push_back(one);
    } else if ((*there)->decided < one->decided) {
      *there = one;
    }
  }
}

}  // namespace

std::vector<EarlierInstance> ContentOf(const std::vector<PacsContent>& contents, const std::string& pacs) {
  std::vector<const PacsContent*> found;
  AddContentOf(contents, pacs, found);
  const bool is_named = std::ranges::find(contents, pacs, &PacsContent::pacs) != contents.end();
  for (const PacsContent& content : contents) {
    if (!is_named) AddContentOf(contents, content.pacs, found);
  }
  std::ranges::stable_sort(found, {}, &PacsContent::decided);
  std::vector<EarlierInstance> instances;
  for (const PacsContent* const content : found) instances.push_back(content->instance);
  return instances;
}

std::vector<std::int64_t> ContentOfAny(const std::vector<PacsContent>& contents) {
  std::set<std::int64_t> ids;
  for (const PacsContent& content : contents) {
    for (const EarlierInstance& last_given : ContentOf(contents, content.pacs)) ids.insert(last_given.id);
  }
  return {ids.begin(), ids.end()};
}

bool IsSame(const EarlierInstance& one, const EarlierInstance& other) {
  if (one.dataset_sha256 == other.dataset_sha256) return true;
  const auto digest = InstanceDigestFrom(one.digest);
  const auto of_other = InstanceDigestFrom(other.digest);
  return digest && of_other && Compare(*digest, *of_other) == Difference::none;
}

// It counts, and does not take the time, because somebody may set the clock back.
void NoteGiven(Session& session, std::int64_t delivery) {
  LockUidOf(session, delivery);
  std::int64_t last = 0;
  for (const char* table : {"delivery", "given_before"}) {
    const std::string sql =
        "SELECT COALESCE(MAX(other.given), 0) FROM delivery AS this JOIN instance AS mine ON mine.id = this.instance "
        "JOIN instance AS same ON same.sop_instance_uid = mine.sop_instance_uid JOIN " +
        std::string(table) + " AS other ON other.instance = same.id WHERE this.id = :id";
    last = std::max(last, session.First<std::int64_t>(sql, delivery).value_or(0));
  }
  session.Execute("UPDATE delivery SET given = :given WHERE id = :id", last + 1, delivery);
}

void NoteDoubt(Session& session, std::int64_t delivery) {
  LockUidOf(session, delivery);
  session.Execute("UPDATE delivery SET in_doubt = 1 WHERE id = :id", delivery);
  NoteGiven(session, delivery);
}

void NoteDoubtIfInHand(Session& session, std::int64_t delivery) {
  const auto claimed =
      session.First<std::int64_t>("SELECT id FROM delivery WHERE id = :id AND claimed_until > 0", delivery);
  if (claimed) NoteDoubt(session, delivery);
}

void NoteEndedClaims(Session& session, std::int64_t delivery, const std::vector<std::int64_t>& together, Time now) {
  LockUidOf(session, delivery);
  for (const std::int64_t ended : session.FirstColumn<std::int64_t>(
           Sql("SELECT other.id FROM delivery AS mine JOIN instance ON instance.id = mine.instance JOIN instance AS "
               "same ON same.sop_instance_uid = instance.sop_instance_uid JOIN delivery AS other ON other.instance = "
               "same.id AND other.pacs = mine.pacs WHERE mine.id = :id AND other.claimed_until > 0 AND "
               "other.claimed_until < :now ORDER BY other.decided"),
           delivery, now)) {
    if (std::ranges::find(together, ended) != together.end()) continue;
    NoteDoubt(session, ended);
    session.Execute("UPDATE delivery SET claimed_until = 0 WHERE id = :id", ended);
  }
}

void NoteDecided(Session& session, std::int64_t delivery) {
  LockUidOf(session, delivery);
  session.Execute(
      "UPDATE delivery SET decided = (SELECT MAX(other.decided) + 1 FROM instance AS mine JOIN instance AS same ON "
      "same.sop_instance_uid = mine.sop_instance_uid JOIN delivery AS other ON other.instance = same.id WHERE mine.id "
      "= delivery.instance) WHERE id = :id",
      delivery);
}

// Compares the delivery with all others to the same PACS under its UID. The PACS keeps the content
// that it stores last. So another content that a worker has in hand makes this delivery wait, and
// one that was given and decided later overtakes it.
Standing StandingOf(Session& session, std::int64_t delivery, const std::vector<std::int64_t>& together, Time now) {
  struct Row {
    EarlierInstance instance;
    std::int64_t delivery = 0;
    std::int64_t given = 0;
    std::int64_t decided = 0;
    int priority = 0;
    bool in_hand = false;
  };
  LockUidOf(session, delivery);
  std::vector<Row> rows;
  for (auto& [id, partner, sha256, digest, other, given, decided, priority, claimed_until] :
       session.Rows<std::int64_t, std::string, std::string, std::string, std::int64_t, std::int64_t, std::int64_t, int,
                    Time>(
           "SELECT same.id, same.partner, same.dataset_sha256, same.digest, other.id, other.given, other.decided, "
           "other.priority, other.claimed_until FROM delivery AS mine JOIN instance ON instance.id = mine.instance "
           "JOIN instance AS "
           "same ON same.sop_instance_uid = instance.sop_instance_uid JOIN delivery AS other ON other.instance = "
           "same.id AND other.pacs = mine.pacs WHERE mine.id = :id",
           delivery)) {
    rows.push_back({{id, partner, sha256, digest, {}}, other, given, decided, priority, claimed_until >= now});
  }
  for (auto& [id, partner, sha256, digest, given, decided] :
       session.Rows<std::int64_t, std::string, std::string, std::string, std::int64_t, std::int64_t>(
           "SELECT same.id, same.partner, same.dataset_sha256, same.digest, other.given, other.decided FROM delivery "
           "AS mine JOIN instance ON instance.id = mine.instance JOIN instance AS same ON same.sop_instance_uid = "
           "instance.sop_instance_uid JOIN given_before AS other ON other.instance = same.id AND other.pacs = "
           "mine.pacs WHERE mine.id = :id",
           delivery)) {
    rows.push_back({.instance = {id, partner, sha256, digest, {}}, .given = given, .decided = decided});
  }
  const auto mine = std::ranges::find(rows, delivery, &Row::delivery);
  if (mine == rows.end() || rows.size() == 1) return {};
  Standing standing;
  const auto last = std::ranges::max_element(rows, {}, &Row::given);
  if (last->given > mine->given && !IsSame(last->instance, mine->instance)) {
    standing.replaced = last->instance;
    standing.overtaken = last->decided > mine->decided;
  }
  standing.waits = std::ranges::any_of(rows, [&](const Row& row) {
    if (!row.in_hand || row.delivery == delivery || IsSame(row.instance, mine->instance)) return false;
    const bool is_ours = std::ranges::find(together, row.delivery) != together.end();
    return !is_ours || std::tie(row.priority, row.decided) < std::tie(mine->priority, mine->decided);
  });
  return standing;
}

// The delivery fails for good, because only a person may put an older decision in the place of a
// newer one.
Error StopOvertaken(Session& session, std::int64_t delivery, const EarlierInstance& by) {
  Error error = Permanent(codes::kOvertaken, "the PACS was given " + Format(ItemKind::instance, by.id) + " from " +
                                                 by.partner + " since, another content of the same SOP Instance UID");
  session.Execute(Sql("UPDATE delivery SET state = ", DeliveryState::failed,
                      ", next_try = 0, claimed_until = 0, error_code = :code, error_detail = :detail WHERE id = :id"),
                  error.code, error.detail, delivery);
  return error;
}

// Two deliveries of one instance to one PACS become one. The later fact of each kind counts, so
// nothing that the PACS was given is forgotten.
void JoinGiven(Session& session, std::int64_t from, std::int64_t to) {
  const auto [given, decided, in_doubt] = *session.Row<std::int64_t, std::int64_t, int>(
      "SELECT MAX(given), MAX(decided), MAX(in_doubt) FROM delivery WHERE id IN (:from, :to)", from, to);
  session.Execute("UPDATE delivery SET given = :given, decided = :decided, in_doubt = :in_doubt WHERE id = :id", given,
                  decided, in_doubt, to);
}

// The old PACS still has the instance, although the delivery goes to another PACS from now on.
void KeepGiven(Session& session, std::int64_t delivery) {
  session.Execute(
      "INSERT INTO given_before (instance, pacs, given, decided) SELECT instance, pacs, given, decided FROM delivery "
      "WHERE id = :id AND given > 0 ON CONFLICT (instance, pacs) DO UPDATE SET given = excluded.given, decided = "
      "excluded.decided",
      delivery);
}

// Waiting, held and failed deliveries are left out, because the redirection itself moves them.
void CarryGiven(Session& session, std::int64_t instance, const std::string& from, const std::string& to) {
  // A claim and a cancel do not lock the UID's name.
  LockRows(session,
           "SELECT id FROM delivery WHERE pacs IN (:from, :to) AND instance IN (SELECT same.id FROM instance AS mine "
           "JOIN instance AS same ON same.sop_instance_uid = mine.sop_instance_uid WHERE mine.id = :id) ORDER BY id",
           from, to, instance);
  for (const auto& [delivery, of] : session.Rows<std::int64_t, std::int64_t>(
           Sql("SELECT delivery.id, same.id FROM instance AS mine JOIN instance AS same ON same.sop_instance_uid = "
               "mine.sop_instance_uid JOIN delivery ON delivery.instance = same.id AND delivery.pacs = :from WHERE "
               "mine.id = :id AND delivery.given > 0 AND delivery.state ",
               In(DeliveryState::stored, DeliveryState::cancelled)),
           from, instance)) {
    if (const auto other = session.First<std::int64_t>(
            "SELECT id FROM delivery WHERE instance = :instance AND pacs = :pacs", of, to)) {
      JoinGiven(session, delivery, *other);
      session.Execute("UPDATE delivery SET given = 0 WHERE id = :id", delivery);  // the other one has it
    } else {
      session.Execute("UPDATE delivery SET pacs = :to WHERE id = :id", to, delivery);
    }
  }
  for (const auto& [of, given, decided] : session.Rows<std::int64_t, std::int64_t, std::int64_t>(
           "SELECT same.id, given_before.given, given_before.decided FROM instance AS mine JOIN instance AS same ON "
           "same.sop_instance_uid = mine.sop_instance_uid JOIN given_before ON given_before.instance = same.id WHERE "
           "mine.id = :id AND given_before.pacs = :from",
           instance, from)) {
    session.Execute("DELETE FROM given_before WHERE instance = :instance AND pacs = :from", of, from);
    session.Execute(
        "INSERT INTO given_before (instance, pacs, given, decided) VALUES (:instance, :to, :given, :decided) ON "
        "CONFLICT (instance, pacs) DO UPDATE SET given = excluded.given, decided = excluded.decided WHERE "
        "excluded.given > given_before.given",
        of, to, given, decided);
  }
}

CarriedGiven CarryNextGiven(Session& session, const std::string& from, const std::string& to, std::int64_t after) {
  constexpr int kAtOnce = 200;
  const std::vector<std::int64_t> instances = session.FirstColumn<std::int64_t>(
      Sql("SELECT instance FROM delivery WHERE pacs = :from AND given > 0 AND instance > :after AND state ",
          In(DeliveryState::stored, DeliveryState::cancelled),
          " UNION SELECT instance FROM given_before WHERE pacs = :same AND instance > :beyond ORDER BY 1 LIMIT :limit"),
      from, after, from, after, kAtOnce);
  for (const std::int64_t instance : instances) {
    if constexpr (!kLocked.empty()) {
      const auto uid = session.First<std::string>("SELECT sop_instance_uid FROM instance WHERE id = :id", instance);
      if (uid) LockName(session, LockOf::uid, *uid);
    }
    CarryGiven(session, instance, from, to);
  }
  return {.instances = instances.size(), .last = instances.empty() ? std::nullopt : std::optional(instances.back())};
}

}  // namespace gateway::ledger
