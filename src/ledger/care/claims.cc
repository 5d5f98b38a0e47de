// Voids the claims that this node held when it ended.
#include "ledger/claims.h"

#include "ledger/rules/given_last.h"
#include "ledger/states.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/unclaim.h"

namespace gateway::ledger {
namespace {

// The PACS may have what the node had in hand.
void VoidClaimsOfDeliveries(Session& session, const std::string& node, DeliveryState state) {
  for (const std::int64_t id : session.FirstColumn<std::int64_t>(
           Sql("SELECT id FROM delivery WHERE state = ", state, " AND claimed_until > 0", kIsOurs, " ORDER BY decided"),
           node)) {
    NoteDoubt(session, id);
  }
  VoidClaims(session, node, state);
}

}  // namespace

Result<void> Claims::UnclaimOutbound() {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    for (const MessageState state : {MessageState::waiting, MessageState::sealed, MessageState::held}) {
      VoidClaims(session, database_.impl().node(), state);
    }
    for (const MessageState state : {MessageState::waiting, MessageState::sealed}) {
      session.Execute(Sql("UPDATE message SET next_try = 0 WHERE state = ", state,
                          " AND window_opens > 0 AND next_try = window_opens"));
    }
    return {};
  });
}

Result<void> Claims::UnclaimInbound() {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    const std::string& node = database_.impl().node();
    VoidClaims(session, node, MailState::fetched);
    VoidClaimsOfDeliveries(session, node, DeliveryState::waiting);
    VoidClaimsOfDeliveries(session, node, DeliveryState::held);
    VoidClaims(session, node, ReceiptState::due);
    VoidClaims(session, node, ReceiptState::held);
    VoidClaims(session, node, DocumentState::waiting);
    return {};
  });
}

}  // namespace gateway::ledger
