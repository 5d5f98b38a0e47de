#include "ledger/care/junk.h"

#include "ledger/rules/mail_facts.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// In SQL, about a row of mail in quarantine. A stranger's mail is never opened. For a mail in a
// partner's name, these are the reasons for which nothing shows that the partner wrote it.
constexpr std::string_view kIsJunk =
    "signer = '' AND ((partner = '' AND sender <> '' AND error_code NOT IN ('disk-full', 'disk-error', "
    "'out-of-resources', 'no-work-file', 'open-worker-start', 'open-worker-killed', 'ledger-busy', 'ledger-error')) OR "
    "(partner <> '' AND error_code IN ('no-dicom-mail', 'not-encrypted', 'unsigned', 'bad-signature', "
    "'unknown-signer', 'wrong-signer', 'not-decryptable', 'openpgp-damaged', 'mail-damaged', 'fragments-damaged', "
    "'fragment-nested', 'fragment-conflict', 'fragment-out-of-range', 'fragments-expired', 'fragments-displaced', "
    "'no-integrity-protection', "
    "'mail-too-large', 'opened-too-large', 'mime-too-deep', 'too-many-parts', 'open-worker-died', "
    "'open-out-of-memory', 'open-timeout', 'open-cpu-time', 'unprotected-receipt', 'unmatched-report'))) AND "
    "NOT EXISTS (SELECT 1 FROM instance WHERE instance.mail = mail.id) AND NOT EXISTS (SELECT 1 FROM document WHERE "
    "document.mail = mail.id) AND NOT EXISTS (SELECT 1 FROM mail_duplicate WHERE mail_duplicate.mail = mail.id) AND "
    "NOT EXISTS (SELECT 1 FROM document_duplicate WHERE document_duplicate.mail = mail.id)";

struct Row {
  std::int64_t id = 0;
  Time since;
  std::uint64_t size = 0;
};

// Returns the oldest first.
std::vector<Row> JunkOf(Session& session, const std::string& partner) {
  static const std::string kSelect = Sql("SELECT id, finished, size FROM mail WHERE state = ", MailState::quarantined,
                                         " AND partner = :partner AND ", kIsJunk, " ORDER BY finished, id");
  std::vector<Row> rows;
  for (const auto& [id, since, size] : session.Rows<std::int64_t, Time, std::uint64_t>(kSelect, partner)) {
    rows.push_back({id, since, size});
  }
  return rows;
}

// aged_out records that no person decided this, so the original on the mail server must stay.
void DropMail(Session& session, std::int64_t id, Time now, DroppedJunk& dropped) {
  session.Execute(Sql("UPDATE mail SET state = ", MailState::dropped, ", aged_out = 1, finished = :now WHERE id = :id"),
                  now, id);
  for (std::string& key : ForgetMailFiles(session, id)) dropped.mail_keys.push_back(std::move(key));
  ++dropped.mails;
}

}  // namespace

Result<std::vector<std::string>> Junk::Partners() {
  return database_.impl().Read([](Session& session) -> Result<std::vector<std::string>> {
    return session.FirstColumn<std::string>(
        Sql("SELECT DISTINCT partner FROM mail WHERE state = ", MailState::quarantined, " ORDER BY partner"));
  });
}

Result<DroppedJunk> Junk::Bound(const std::string& partner, const QuarantineLimits& limits, bool by_age,
                                std::size_t limit, Time now) {
  // Count in a read, since most often nothing is above the limits. The transaction below looks at
  // each mail once more.
  GATEWAY_ASSIGN(const std::vector<Row> all, database_.impl().Read([&](Session& session) -> Result<std::vector<Row>> {
    return JunkOf(session, partner);
  }));
  std::uint64_t bytes = 0;
  for (const Row& row : all) bytes += row.size;
  std::size_t count = all.size();
  DroppedJunk dropped;
  std::vector<std::int64_t> ids;
  for (const Row& row : all) {
    const bool is_old = by_age && limits.age.count() > 0 && now - row.since > limits.age;
    if (ids.size() == limit || (!is_old && count <= limits.mails && bytes <= limits.bytes)) break;
    dropped.why = is_old ? "age" : count > limits.mails ? "number" : "size";
    ids.push_back(row.id);
    --count;
    bytes -= row.size;
  }
  if (ids.empty()) return dropped;
  return database_.impl().Write([&](Session& session) -> Result<DroppedJunk> {
    DroppedJunk done;
    done.why = dropped.why;
    for (const std::int64_t id : ids) {
      // A person may have released it meanwhile.
      const auto state = session.First<MailState>(Sql("SELECT state FROM mail WHERE id = :id", kLocked), id);
      if (state != MailState::quarantined) continue;
      DropMail(session, id, now, done);
    }
    return done;
  });
}

Result<Junk::Strangers> Junk::StrangersSince(Time since) {
  return database_.impl().Read([&](Session& session) -> Result<Strangers> {
    Strangers strangers;
    for (const Row& row : JunkOf(session, "")) {
      ++strangers.waiting;
      if (row.since > since) ++strangers.since;
    }
    return strangers;
  });
}

}  // namespace gateway::ledger
