// Signatures of mails. A signature that comes again in another mail is a replay.
#include "ledger/signatures.h"

#include <set>
#include <string_view>

#include "ledger/rules/mail_facts.h"
#include "ledger/store/database_impl.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

// Says how a signature was seen before.
struct Earlier {
  std::int64_t mail = 0;
  std::string message_id;
  std::string sha256;  // hash of the mail's file; empty if the mail was joined
  Time seen;
};

std::optional<Earlier> Find(Session& session, const std::string& id) {
  const auto found = session.Row<std::int64_t, std::string, std::string, Time>(
      "SELECT mail, message_id, mail_sha256, seen FROM seen_signature WHERE id = :id", id);
  if (!found) return std::nullopt;
  Earlier earlier;
  std::tie(earlier.mail, earlier.message_id, earlier.sha256, earlier.seen) = *found;
  return earlier;
}

// Mail servers may deliver a mail more than once, for some days and under the same Message-ID. A
// mailbox whose UIDs began anew gives the same bytes again at any time.
bool IsSameMail(const Earlier& earlier, const SignedMail& mail, const std::string& sha256, Milliseconds window,
                Time now) {
  if (earlier.mail == mail.mail) return true;
  if (!sha256.empty() && earlier.sha256 == sha256) return true;
  return earlier.message_id == Cut(mail.message_id) && now - earlier.seen <= window;
}

}  // namespace

Result<bool> Signatures::Take(const SignedMail& mail, Milliseconds window, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<bool> {
    const std::string sha256 =
        session.First<std::string>("SELECT sha256 FROM mail WHERE id = :id", mail.mail).value_or("");
    std::set<std::string_view> known;
    // Look at all signatures before the first is written, because a replay must change nothing.
    for (const std::string& id : mail.signatures) {
      const std::optional<Earlier> earlier = Find(session, id);
      if (earlier && !IsSameMail(*earlier, mail, sha256, window, now)) return false;
      if (earlier) known.insert(id);
    }
    for (const std::string& id : mail.signatures) {
      const std::int64_t added = session.Execute(
          "INSERT INTO seen_signature (id, mail, message_id, mail_sha256, created, seen) VALUES (:id, :mail, "
          ":message_id, :sha256, :created, :now) ON CONFLICT (id) DO NOTHING",
          id, mail.mail, Cut(mail.message_id), sha256, mail.signed_at, now);
      // Another node may have added it since the search.
      if (added == 0 && !known.contains(id)) {
        return Transient(codes::kLedgerBusy, "another mail with the same signature is recorded at this moment");
      }
      known.insert(id);
    }
    return true;
  });
}

Result<std::size_t> Signatures::Forget(Time created_before, std::size_t limit) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<std::size_t> {
    return static_cast<std::size_t>(
        session.Execute("DELETE FROM seen_signature WHERE id IN (SELECT id FROM seen_signature WHERE "
                        "created < :before ORDER BY created LIMIT :limit)",
                        created_before, limit));
  });
}

}  // namespace gateway::ledger
