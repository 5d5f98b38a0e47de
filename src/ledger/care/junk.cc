#include "ledger/care/junk.h"

#include "ledger/error_codes.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Whatever came with a mail, and was taken, has to stay with it.
constexpr std::string_view kBroughtNothing =
    " AND NOT EXISTS (SELECT 1 FROM instance WHERE instance.mail = mail.id) AND NOT EXISTS (SELECT 1 FROM document "
    "WHERE document.mail = mail.id) AND NOT EXISTS (SELECT 1 FROM mail_duplicate WHERE mail_duplicate.mail = mail.id) "
    "AND NOT EXISTS (SELECT 1 FROM document_duplicate WHERE document_duplicate.mail = mail.id)";

// A stranger's mail is never opened, so any reason makes it junk, except for a failure of our own.
std::string SelectJunk(const JunkReasons& reasons) {
  return Sql("SELECT id, finished, size, error_code FROM mail WHERE state = ", MailState::quarantined,
             " AND partner = :partner AND signer = '' AND ((partner = '' AND sender <> '' AND error_code ",
             NotIn(reasons.our_failures), ") OR (partner <> '' AND error_code ", In(reasons.unvouched), "))",
             kBroughtNothing, " ORDER BY finished, id");
}

struct Row {
  std::int64_t id = 0;
  Time since;
  std::uint64_t size = 0;
  std::string reason;  // the name of an ErrorCode
};

std::vector<Row> JunkOf(Session& session, const std::string& select, const std::string& partner) {
  std::vector<Row> rows;
  for (const auto& [id, since, size, reason] :
       session.Rows<std::int64_t, Time, std::uint64_t, std::string>(select, partner)) {
    rows.push_back({id, since, size, reason});
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

Junk::Junk(Database& database, const JunkReasons& reasons) : database_(database), select_(SelectJunk(reasons)) {}

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
    return JunkOf(session, select_, partner);
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
    for (const Row& row : JunkOf(session, select_, "")) {
      if (row.reason == codes::kAutomaticAnswer.name) continue;
      ++strangers.waiting;
      if (row.since > since) ++strangers.since;
    }
    return strangers;
  });
}

}  // namespace gateway::ledger
