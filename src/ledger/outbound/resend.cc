// `resend`: a person has messages sent once more.
#include "ledger/error_codes.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/message_moves.h"
#include "ledger/shipments.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

Result<std::vector<std::int64_t>> MessagesOf(Session& session, ItemId id, bool missing_only) {
  const std::string which = missing_only ? " AND NOT " + std::string(kMessageDone) : std::string();
  const std::string by_shipment = Sql("SELECT id FROM message WHERE shipment = :id AND state ",
                                      NotIn(MessageState::waiting, MessageState::sealed, MessageState::held)) +
                                  which + Sql(" ORDER BY part", kLocked);
  const std::string by_id = Sql("SELECT id FROM message WHERE id = :id AND state ",
                                NotIn(MessageState::waiting, MessageState::sealed, MessageState::held)) +
                            which + Sql(kLocked);
  const Error missing = Permanent(codes::kNoSuchItem, Format(id) + " is no shipment or message");
  if (id.kind == ItemKind::message) {
    if (!session.First<std::int64_t>("SELECT id FROM message WHERE id = :id", id.number)) return missing;
    return session.FirstColumn<std::int64_t>(by_id, id.number);
  }
  if (id.kind != ItemKind::shipment) return missing;
  const auto state = session.First<ShipmentState>("SELECT state FROM shipment WHERE id = :id", id.number);
  if (!state) return missing;
  if (*state == ShipmentState::open) return Permanent(codes::kNotClosed, Format(id) + " still takes instances");
  return session.FirstColumn<std::int64_t>(by_shipment, id.number);
}

}  // namespace

Result<Resent> Shipments::Resend(ItemId id, bool missing_only, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<Resent> {
    GATEWAY_ASSIGN(const std::vector<std::int64_t> messages, MessagesOf(session, id, missing_only));
    Resent resent;
    for (const std::int64_t message : messages) {
      if (!HasItsFiles(session, message)) {
        return Permanent(codes::kFilesGone,
                         Format(ItemKind::message, message) + ": its files are over their retention time");
      }
      TakeMessageFile(session, message, resent.message_keys);
      // A person's resend also gives the partner all its own resends and returns again.
      session.Execute("UPDATE message SET resends = 0, returns = 0, returned_since = NULL WHERE id = :id", message);
      SendAgain(session, message, now, now);
      ++resent.messages;
    }
    if (resent.messages > 0) RecordAct(session, missing_only ? "resend-missing" : "resend", Format(id), now);
    return resent;
  });
}

}  // namespace gateway::ledger
