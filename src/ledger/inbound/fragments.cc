// message/partial fragments wait for each other. When all are here, one new mail stands for them.
// Fragments that are quarantined without the rest (fragment_waits.cc) wait again when others of
// their message come after all.
#include "ledger/fragments.h"

#include "base/ascii.h"
#include "ledger/error_codes.h"
#include "ledger/mail_facts.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/rules/opening_place.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

constexpr unsigned kMaxFragments = 10'000;

struct Key {
  std::string sender;  // lower case, because an id is unique only for its sender
  std::string id;
};

bool OutOfRange(unsigned number, unsigned total) {
  return number == 0 || number > kMaxFragments || total > kMaxFragments || (total != 0 && number > total);
}

// Returns the mail that fragments with this key were joined into. If a person dropped that mail, it
// does not count, because a new set may come.
std::optional<std::int64_t> JoinedBefore(Session& session, const Key& key) {
  return session.First<std::int64_t>(
      Sql("SELECT fragment.joined_into FROM mail AS fragment JOIN mail AS whole ON whole.id = fragment.joined_into "
          "WHERE fragment.fragment_sender = :sender AND fragment.partial_id = :id AND fragment.partial_id IS NOT NULL "
          "AND fragment.state = ",
          MailState::joined, " AND whole.state <> ", MailState::dropped, " LIMIT 1"),
      key.sender, key.id);
}

// The fragments that wait under a key.
struct Waiting {
  unsigned count = 0;
  unsigned highest = 0;
  unsigned smallest_total = 0;  // the smallest total that was given; 0 if none was
  unsigned largest_total = 0;
  std::uint64_t size = 0;  // bytes
  [[nodiscard]] bool Complete() const {
    return largest_total != 0 && smallest_total == largest_total && highest <= largest_total && count == largest_total;
  }
};

Waiting LoadWaiting(Session& session, const Key& key) {
  Waiting waiting;
  std::tie(waiting.count, waiting.highest, waiting.smallest_total, waiting.largest_total, waiting.size) =
      *session.Row<unsigned, unsigned, unsigned, unsigned, std::uint64_t>(
          Sql("SELECT COUNT(*), MAX(fragment_number), MIN(NULLIF(fragment_total, 0)), MAX(fragment_total), "
              "SUM(COALESCE(file_size, size)) FROM mail WHERE fragment_sender = :sender AND partial_id = :id AND "
              "partial_id IS NOT NULL AND state = ",
              MailState::fragment),
          key.sender, key.id);
  return waiting;
}

// Returns the hash of the fragment that waits with this number. nullopt means that there is none.
std::optional<std::string> HashWaiting(Session& session, const Key& key, unsigned number) {
  return session.First<std::string>(
      Sql("SELECT fragment_sha256 FROM mail WHERE fragment_sender = :sender AND partial_id = :id AND partial_id IS NOT "
          "NULL AND fragment_number = :number AND state = ",
          MailState::fragment),
      key.sender, key.id, number);
}

std::optional<std::string> HashJoined(Session& session, std::int64_t whole, unsigned number) {
  return session.First<std::string>(
      "SELECT fragment_sha256 FROM mail WHERE joined_into = :whole AND joined_into IS NOT NULL AND duplicate = 0 AND "
      "fragment_number = :number",
      whole, number);
}

// An older version kept no hash, so an empty one fits every fragment.
bool IsSame(const std::optional<std::string>& there, const FragmentPlace& place) {
  return place.sha256.empty() || (there && (there->empty() || *there == place.sha256));
}

// A fragment that waited before, and was quarantined and released, waits from now on.
void WriteFragment(Session& session, std::int64_t mail, MailState state, const Key& key, const FragmentPlace& place,
                   std::optional<std::int64_t> joined_into, bool duplicate, Time now) {
  session.Execute(
      "UPDATE mail SET state = :state, fragment_sender = :sender, partial_id = :partial_id, fragment_number = :number, "
      "fragment_total = :total, fragment_sha256 = :sha256, joined_into = :joined, duplicate = :duplicate, "
      "finished = :finished, "
      "waits_since = CASE WHEN waits_since IS NULL THEN fetched ELSE :now END, claimed_until = 0, error_code = '', "
      "error_detail = '' WHERE id = :id",
      state, key.sender, key.id, place.number, place.total, place.sha256, joined_into, duplicate,
      duplicate ? std::optional(now) : std::nullopt, now, mail);
}

// Fragments of the key that went to quarantine because others were missing wait once more, from now
// on.
void Revive(Session& session, const Key& key, Time now) {
  session.Execute(
      Sql("UPDATE mail SET state = ", MailState::fragment,
          ", waits_since = :now, finished = NULL, error_code = '', error_detail = '' WHERE fragment_sender "
          "= :sender AND partial_id = :id AND partial_id IS NOT NULL AND state = ",
          MailState::quarantined, " AND error_code ", In(codes::kFragmentsExpired, codes::kFragmentsDisplaced)),
      now, key.sender, key.id);
}

std::int64_t Join(Session& session, std::int64_t last, const Key& key, const Waiting& waiting, const MailFacts& facts,
                  Time now) {
  // The joined mail itself is not on the server; its fragments are. It has no file either, because
  // its content is in theirs.
  const auto whole = session.First<std::int64_t>(
      "INSERT INTO mail (state, mailbox, on_server, size, sha256, fetched, joined, priority, turn, in_name_of) "
      "SELECT :state, mailbox, 0, :size, '', :now, 1, priority, priority, in_name_of FROM mail WHERE id = :last "
      "RETURNING id",
      MailState::fetched, waiting.size, now, last);
  PutInTurn(session, *whole);
  MailFacts whole_facts;
  whole_facts.sender = facts.sender;
  whole_facts.partner = facts.partner;
  WriteFacts(session, *whole, whole_facts);
  session.Execute(Sql("UPDATE mail SET state = ", MailState::joined,
                      ", joined_into = :whole, finished = :now WHERE fragment_sender = :sender AND partial_id = :id "
                      "AND partial_id IS NOT NULL AND state = ",
                      MailState::fragment),
                  *whole, now, key.sender, key.id);
  return *whole;
}

// A mail that was joined, or that was a wrapper, turns out to be a fragment. Its inner file takes
// the place of what was fetched.
Result<std::vector<std::string>> TakeFile(Session& session, std::int64_t mail, const FragmentFile& file) {
  if (file.key.empty()) return Corrupt(codes::kFragmentNested, "a joined message is itself a fragment");
  std::vector<std::string> done = ForgetMailFiles(session, mail);
  session.Execute("UPDATE mail SET spool_key = :key, file_size = :size, file_sha256 = :sha256 WHERE id = :id", file.key,
                  file.size, file.sha256, mail);
  return done;
}

Result<FragmentOutcome> RecordUnderKey(Session& session, std::int64_t mail, const MailFacts& facts,
                                       const FragmentPlace& place, Time now, const FragmentFile& file) {
  const Key key{LowerCase(Cut(facts.sender)), place.id};
  LockName(session, LockOf::fragments, key.id);
  FragmentOutcome outcome;
  WriteFacts(session, mail, facts);
  const auto joined_before = JoinedBefore(session, key);
  // It would otherwise be lost as a duplicate of itself.
  if (joined_before == mail) return Corrupt(codes::kFragmentNested, "a joined message is a fragment of itself");
  if (!joined_before) Revive(session, key, now);
  const std::optional<std::string> there =
      joined_before ? HashJoined(session, *joined_before, place.number) : HashWaiting(session, key, place.number);
  // One of the two is forged, or was damaged on its way. Nobody can say which one, so neither is
  // lost.
  if ((joined_before || there) && !IsSame(there, place)) {
    return Corrupt(codes::kFragmentConflict, "fragment " + std::to_string(place.number) + " came before, as another");
  }
  if (joined_before || there) {
    outcome.duplicate = true;
    WriteFragment(session, mail, MailState::joined, key, place, joined_before, true, now);
    outcome.spool_keys = ForgetMailFiles(session, mail);
    if (!file.key.empty()) outcome.spool_keys.push_back(file.key);
    return outcome;
  }
  // A fragment that states a total of its own, which differs, waits. Such a set never joins,
  // because nobody can say which total is wrong.
  if (place.total == 0 && OutOfRange(place.number, LoadWaiting(session, key).largest_total)) {
    return Corrupt(codes::kFragmentOutOfRange, "fragment " + std::to_string(place.number) + " is beyond the total");
  }
  const bool has_file =
      session.First<std::int64_t>("SELECT id FROM mail WHERE id = :id AND spool_key IS NOT NULL", mail).has_value();
  if (!has_file || !file.key.empty()) {
    GATEWAY_ASSIGN(outcome.spool_keys, TakeFile(session, mail, file));
  }
  WriteFragment(session, mail, MailState::fragment, key, place, std::nullopt, false, now);
  if (const Waiting waiting = LoadWaiting(session, key); waiting.Complete()) {
    outcome.joined = Join(session, mail, key, waiting, facts, now);
    outcome.fragments = waiting.count;
  }
  return outcome;
}

}  // namespace

Result<FragmentOutcome> Fragments::Record(std::int64_t mail, const MailFacts& facts, const FragmentPlace& place,
                                          Time now, const FragmentFile& file) {
  if (OutOfRange(place.number, place.total)) {
    return Corrupt(codes::kFragmentOutOfRange,
                   "fragment " + std::to_string(place.number) + " of " + std::to_string(place.total));
  }
  if (place.id.size() > kMaxFact) return Corrupt(codes::kFragmentOutOfRange, "the id is too long");
  return database_.impl().Write([&](Session& session) -> Result<FragmentOutcome> {
    // Single writer 1: another mail may get the same place. Their ids then order them.
    const auto found = session.Row<MailState, bool, std::optional<std::int64_t>, std::string>(
        Sql("SELECT state, duplicate, joined_into, claimed_by FROM mail WHERE id = :id", kLocked), mail);
    if (!found) return NoSuchItem(ItemKind::mail, mail);
    const auto& [state, duplicate, joined_into, claimed_by] = *found;
    if (IsOfAnother(database_, claimed_by)) return ClaimLost(ItemKind::mail, mail);
    if (state == MailState::fetched) return RecordUnderKey(session, mail, facts, place, now, file);
    // It was recorded before, so give the same answer again.
    FragmentOutcome outcome;
    if (state == MailState::fragment) return outcome;
    if (state != MailState::joined) return NoSuchItem(ItemKind::mail, mail);
    outcome.duplicate = duplicate;
    if (!duplicate) {
      outcome.joined = joined_into;
      outcome.fragments = session
                              .First<unsigned>(
                                  "SELECT COUNT(*) FROM mail WHERE joined_into = :whole AND joined_into IS NOT NULL "
                                  "AND duplicate = 0",
                                  *joined_into)
                              .value_or(0);
    }
    return outcome;
  });
}

}  // namespace gateway::ledger
