#include "ledger/rules/received_set.h"

#include <algorithm>

#include "ledger/rules/mail_facts.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// No honest set has more parts. All parts beyond this number count as one part.
constexpr std::uint32_t kMaxParts = 1'000'000;

// The unique index decides who adds the set. Whoever was second finds the row of the first.
std::int64_t FindOrAdd(Session& session, const std::string& partner, const TelemedicineSet& set, Time now) {
  session.Execute(
      "INSERT INTO received_set (state, partner, set_id, study_instance_uid, total, created, last_part) "
      "VALUES (:state, :partner, :set_id, '', :total, :created, :now) ON CONFLICT (partner, set_id) DO NOTHING",
      SetState::incomplete, partner, Cut(set.id), std::min(set.total, kMaxParts), now, now);
  return *session.First<std::int64_t>("SELECT id FROM received_set WHERE partner = :partner AND set_id = :set_id",
                                      partner, Cut(set.id));
}

// A part beyond the total shows that there are more parts, because a set is complete only without
// gaps. 0 means that nobody stated a total.
std::size_t TotalOf(Session& session, std::int64_t set, std::size_t stated) {
  if (stated == 0) return 0;
  const auto [first, last] = *session.Row<std::size_t, std::size_t>(
      "SELECT MIN(part), MAX(part) FROM received_part WHERE received_set = :set", set);
  return std::max(stated, first == 0 ? last + 1 : last);  // some senders number parts from 0
}

}  // namespace

SetProgress RecordPart(Session& session, std::int64_t mail, const std::string& partner, const SetPart& part, Time now) {
  const TelemedicineSet& set = part.set;
  SetProgress progress;
  progress.set = FindOrAdd(session, partner, set, now);
  SetState state{};
  std::string known_study;
  Time last_part;
  std::optional<Time> finished;
  std::tie(state, known_study, progress.parts, progress.total, last_part, finished) =
      *session.Row<SetState, std::string, std::size_t, std::size_t, Time, std::optional<Time>>(
          Sql("SELECT state, study_instance_uid, parts, total, last_part, finished FROM received_set WHERE id = :id",
              kLocked),
          progress.set);
  const bool is_new = session.Execute(
                          "INSERT INTO received_part (received_set, part, mail) VALUES (:set, :part, :mail) "
                          "ON CONFLICT (received_set, part) DO NOTHING",
                          progress.set, std::min(set.part, kMaxParts), mail) > 0;
  if (is_new) ++progress.parts;
  progress.total =
      TotalOf(session, progress.set, std::max<std::size_t>(progress.total, std::min(set.total, kMaxParts)));
  const bool complete = progress.total > 0 && progress.parts >= progress.total;
  progress.completed = complete && state != SetState::complete;
  if (complete) {
    state = SetState::complete;
  } else if (state == SetState::complete) {
    state = SetState::incomplete;  // a mail stated a larger total, or a part beyond the total came
  }
  session.Execute(
      "UPDATE received_set SET state = :state, parts = :parts, total = :total, study_instance_uid = :study, "
      "last_part = :last_part, finished = :finished WHERE id = :id",
      state, progress.parts, progress.total, known_study.empty() && part.is_signed ? part.study : known_study,
      is_new ? now : last_part, complete ? std::optional(finished.value_or(now)) : std::nullopt, progress.set);
  if (!part.is_signed && !part.study.empty()) {
    session.Execute("UPDATE received_set SET claimed_study = :study WHERE id = :id AND claimed_study = ''", part.study,
                    progress.set);
  }
  return progress;
}

}  // namespace gateway::ledger
