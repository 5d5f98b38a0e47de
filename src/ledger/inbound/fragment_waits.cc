// Puts incomplete fragments into quarantine: those that wait too long, and those that are too many
// in one partner's name.
#include <algorithm>
#include <map>

#include "ledger/error_codes.h"
#include "ledger/fragments.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Quarantines all fragments that wait under a key, which is the sender's address and the id.
ExpiredFragments Quarantine(Session& session, const std::string& sender, const std::string& id, const ErrorCode& code,
                            Time now) {
  LockName(session, LockOf::fragments, id);
  ExpiredFragments gone;
  for (auto& [mail, partner, total] : session.Rows<std::int64_t, std::string, unsigned>(
           Sql("SELECT id, partner, fragment_total FROM mail WHERE fragment_sender = :sender AND partial_id = :id AND "
               "partial_id IS NOT NULL AND state = ",
               MailState::fragment, " ORDER BY id", kLocked),
           sender, id)) {
    session.Execute(Sql("UPDATE mail SET state = ", MailState::quarantined,
                        ", finished = :now, error_code = :code, error_detail = '' WHERE id = :id"),
                    now, code.name, mail);
    gone.mails.push_back(mail);
    gone.total = std::max(gone.total, total);
    if (gone.partner.empty()) gone.partner = std::move(partner);
  }
  UpdateReceipts(session, gone.mails, now);
  return gone;
}

// The waiting fragments of one message.
struct WaitingMessage {
  std::string sender;
  std::string id;
  std::uint64_t bytes = 0;
};

// Returns them by partner. A message to which nothing came for the longest time comes first.
std::map<std::string, std::vector<WaitingMessage>> LoadMessages(Session& session) {
  std::map<std::string, std::vector<WaitingMessage>> messages;
  for (auto& [partner, sender, id, bytes, latest] :
       session.Rows<std::string, std::string, std::string, std::uint64_t, Time>(Sql(
           "SELECT partner, fragment_sender, partial_id, SUM(COALESCE(file_size, size)), MAX(waits_since) FROM mail "
           "WHERE state = ",
           MailState::fragment, " GROUP BY partner, fragment_sender, partial_id ORDER BY MAX(waits_since), MAX(id)"))) {
    messages[partner].push_back({std::move(sender), std::move(id), bytes});
  }
  return messages;
}

}  // namespace

Result<std::vector<ExpiredFragments>> Fragments::Expire(Time fetched_before, std::size_t limit, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<ExpiredFragments>> {
    std::vector<ExpiredFragments> all;
    while (all.size() < limit) {
      const auto oldest = session.Row<std::string, std::string>(
          Sql("SELECT fragment_sender, partial_id FROM mail WHERE state = ", MailState::fragment,
              " AND waits_since < :before ORDER BY waits_since LIMIT 1"),
          fetched_before);
      if (!oldest) break;
      all.push_back(Quarantine(session, std::get<0>(*oldest), std::get<1>(*oldest), codes::kFragmentsExpired, now));
    }
    return all;
  });
}

Result<std::vector<ExpiredFragments>> Fragments::Displace(const FragmentLimits& limits, std::size_t limit, Time now) {
  using Messages = std::map<std::string, std::vector<WaitingMessage>>;
  GATEWAY_ASSIGN(const Messages messages,
                 database_.impl().Read([](Session& session) -> Result<Messages> { return LoadMessages(session); }));
  std::vector<WaitingMessage> too_many;
  for (const auto& [partner, of_partner] : messages) {
    std::size_t count = of_partner.size();
    std::uint64_t bytes = 0;
    for (const WaitingMessage& message : of_partner) bytes += message.bytes;
    for (const WaitingMessage& oldest : of_partner) {
      if ((count <= limits.messages && bytes <= limits.bytes) || too_many.size() == limit) break;
      too_many.push_back(oldest);
      --count;
      bytes -= oldest.bytes;
    }
  }
  if (too_many.empty()) return std::vector<ExpiredFragments>();
  return database_.impl().Write([&](Session& session) -> Result<std::vector<ExpiredFragments>> {
    std::vector<ExpiredFragments> all;
    for (const auto& [sender, id, bytes] : too_many) {
      ExpiredFragments gone = Quarantine(session, sender, id, codes::kFragmentsDisplaced, now);
      // Otherwise its last fragment came meanwhile.
      if (!gone.mails.empty()) all.push_back(std::move(gone));
    }
    return all;
  });
}

}  // namespace gateway::ledger
