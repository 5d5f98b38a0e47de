// `redeliver`: a PACS has lost what it had stored, or another PACS is to have it too.
#include <algorithm>
#include <iterator>

#include "base/instance_digest.h"
#include "ledger/redeliveries.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/given_last.h"
#include "ledger/rules/received_instance.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

Decided<std::vector<std::int64_t>> InstancesOf(Session& session, const Redelivery& redelivery) {
  if (!redelivery.item) {
    auto instances = session.FirstColumn<std::int64_t>(
        Sql("SELECT id FROM instance WHERE study_instance_uid = :study AND direction = ", Direction::inbound,
            " ORDER BY id"),
        redelivery.study_instance_uid);
    // A PACS or a viewer may show the UID of an image.
    if (instances.empty()) {
      instances = session.FirstColumn<std::int64_t>(
          Sql("SELECT id FROM instance WHERE sop_instance_uid = :sop AND direction = ", Direction::inbound,
              " ORDER BY id"),
          redelivery.study_instance_uid);
    }
    if (instances.empty()) return Refusal{.why = WhyRefused::nothing_received};
    return instances;
  }
  const ItemId id = *redelivery.item;
  GATEWAY_TRY(StateOf(session, id));
  switch (id.kind) {
    case ItemKind::instance:
      return session.FirstColumn<std::int64_t>(
          Sql("SELECT id FROM instance WHERE id = :id AND direction = ", Direction::inbound), id.number);
    case ItemKind::mail:
      return session.FirstColumn<std::int64_t>(
          "SELECT id FROM instance WHERE mail = :id UNION SELECT instance FROM mail_duplicate WHERE mail = :same "
          "ORDER BY 1",
          id.number, id.number);
    case ItemKind::set:
      return session.FirstColumn<std::int64_t>(
          "SELECT instance.id FROM received_part AS p JOIN instance ON instance.mail = p.mail WHERE p.received_set = "
          ":id UNION SELECT d.instance FROM received_part AS q JOIN mail_duplicate AS d ON d.mail = q.mail WHERE "
          "q.received_set = :same ORDER BY 1",
          id.number, id.number);
    default:
      return OtherKind(id);
  }
}

std::vector<std::string> PacsFor(Session& session, std::int64_t instance, const Redelivery& redelivery,
                                 Redelivered& done) {
  if (redelivery.pacs) return {*redelivery.pacs};
  std::vector<std::string> all = session.FirstColumn<std::string>(
      Sql("SELECT pacs FROM delivery WHERE instance = :id AND state <> ", DeliveryState::cancelled, " ORDER BY id"),
      instance);
  std::erase_if(all, [&](const std::string& pacs) {
    if (redelivery.known.Has({DestinationKind::pacs, pacs})) return false;
    done.not_configured.insert(pacs);
    return true;
  });
  return all;
}

enum class PacsHas { this_one, the_same, another };

bool IsNamed(const Redelivery& redelivery) {
  return redelivery.item && redelivery.item->kind == ItemKind::instance;
}

// Returns the contents that say what the PACS has. If none of them names the PACS, the name is
// probably the new one of a PACS that the configuration no longer has. So that one counts, and the
// others do not.
std::vector<PacsContent> ContentsAbout(const std::vector<PacsContent>& all, const std::string& pacs,
                                       const KnownDestinations& known) {
  if (std::ranges::find(all, pacs, &PacsContent::pacs) != all.end()) return all;
  std::vector<PacsContent> of_former;
  std::ranges::copy_if(all, std::back_inserter(of_former), [&](const PacsContent& content) {
    return !known.Has({DestinationKind::pacs, content.pacs});
  });
  return of_former.empty() ? all : of_former;
}

// Returns whether the contents are those of one PACS.
bool IsOfOne(const std::vector<PacsContent>& contents, const std::string& pacs) {
  return std::ranges::find(contents, pacs, &PacsContent::pacs) != contents.end() ||
         std::ranges::all_of(contents,
                             [&](const PacsContent& content) { return content.pacs == contents.front().pacs; });
}

// Says what the PACS was given last under the instance's UID, or is still to be given. If a mail, a
// set or a study is redelivered, nothing stands in the way of the instance that was decided last.
// The PACS has it, or is about to get it. If it is not certain which PACS this was, any other
// content stands in the way.
PacsHas WhatPacsHas(const std::vector<PacsContent>& contents, const EarlierInstance& instance, const std::string& pacs,
                    bool is_named) {
  const std::vector<EarlierInstance> others = ContentOf(contents, pacs);
  const bool is_last = !others.empty() && others.back().id == instance.id;
  if (!is_named && is_last && IsOfOne(contents, pacs)) return PacsHas::this_one;
  PacsHas has = PacsHas::this_one;
  for (const EarlierInstance& other : others) {
    if (other.id == instance.id) continue;
    if (!IsSame(instance, other)) return PacsHas::another;
    if (!other.spool_key.empty()) has = PacsHas::the_same;
  }
  return has;
}

// The delivery waits anyway. Now it is to be stored whatever the PACS was given since.
void DecideForWaiting(Session& session, std::int64_t instance, const std::string& pacs) {
  for (const std::int64_t delivery : session.FirstColumn<std::int64_t>(
           "SELECT id FROM delivery WHERE instance = :instance AND pacs = :pacs", instance, pacs)) {
    NoteDecided(session, delivery);
  }
}

// Returns whether the delivery gives way to what the PACS was given since.
bool StandsBack(PacsHas has, const Redelivery& redelivery, Redelivered& done) {
  if (has == PacsHas::this_one) return false;
  const bool is_named = IsNamed(redelivery);
  if (has == PacsHas::another) ++(is_named ? done.replacing : done.superseded);
  return !is_named;
}

void RedeliverInstance(Session& session, std::int64_t instance, const Redelivery& redelivery, Time now,
                       Redelivered& done) {
  ++done.instances;
  const auto [state, has_file] = *session.Row<InstanceState, bool>(
      Sql("SELECT state, spool_key IS NOT NULL FROM instance WHERE id = :id", kLocked), instance);
  if (!IsOneOf(state, InstanceState::stored, InstanceState::accepted)) {
    ++done.undecided;
    return;
  }
  if (!has_file) {
    ++done.gone;
    return;
  }
  const std::vector<std::string> all = PacsFor(session, instance, redelivery, done);
  if (all.empty()) ++done.nowhere;
  const auto [uid, partner, sha256, digest, key] =
      *session.Row<std::string, std::string, std::string, std::string, std::string>(
          "SELECT sop_instance_uid, partner, dataset_sha256, digest, spool_key FROM instance WHERE id = :id", instance);
  const std::vector<PacsContent> all_contents = PacsContentsOf(session, uid);
  for (const std::string& pacs : all) {
    const std::vector<PacsContent> contents = ContentsAbout(all_contents, pacs, redelivery.known);
    const PacsHas has = WhatPacsHas(contents, {instance, partner, sha256, digest, key}, pacs, IsNamed(redelivery));
    if (StandsBack(has, redelivery, done)) continue;
    if (!StartDelivery(session, instance, pacs, true, now)) {
      ++done.under_way;
      if (IsNamed(redelivery)) DecideForWaiting(session, instance, pacs);
      continue;
    }
    ++done.deliveries;
    Wake(session, DestinationKind::pacs, pacs);
  }
}

}  // namespace

Decided<Redelivered> Redeliveries::Redeliver(const Redelivery& redelivery, Time now) {
  return database_.impl().Write([&](Session& session) -> Decided<Redelivered> {
    GATEWAY_ASSIGN(const std::vector<std::int64_t> instances, InstancesOf(session, redelivery));
    Redelivered done;
    for (const std::int64_t instance : instances) RedeliverInstance(session, instance, redelivery, now, done);
    if (done.deliveries == 0) return done;
    // The log must not contain a study's UID.
    std::string what =
        redelivery.item ? Format(*redelivery.item) : "study of " + Format(ItemKind::instance, instances[0]);
    if (redelivery.pacs) what += " to pacs " + *redelivery.pacs;
    RecordAct(session, "redeliver", what, now);
    return done;
  });
}

}  // namespace gateway::ledger
