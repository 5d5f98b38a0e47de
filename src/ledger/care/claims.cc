// Voids the claims that this node held when it ended.
#include "ledger/claims.h"

#include "ledger/states.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/unclaim.h"

namespace gateway::ledger {

Result<void> Claims::UnclaimOutbound() {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    for (const MessageState state : {MessageState::waiting, MessageState::sealed, MessageState::held}) {
      VoidClaims(session, database_.impl().node(), state);
    }
    return {};
  });
}

Result<void> Claims::UnclaimInbound() {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    const std::string& node = database_.impl().node();
    VoidClaims(session, node, MailState::fetched);
    VoidClaims(session, node, DeliveryState::waiting, ", in_doubt = 1");
    VoidClaims(session, node, DeliveryState::held, ", in_doubt = 1");
    VoidClaims(session, node, ReceiptState::due);
    VoidClaims(session, node, ReceiptState::held);
    VoidClaims(session, node, DocumentState::waiting);
    return {};
  });
}

}  // namespace gateway::ledger
