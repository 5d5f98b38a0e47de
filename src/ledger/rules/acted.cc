#include "ledger/rules/acted.h"

#include "base/person.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

Decided<KindState> StateOf(Session& session, ItemId id) {
  const auto load = [&]<ItemState State>(State) -> Decided<KindState> {
    GATEWAY_ASSIGN(const State state, StateOf<State>(session, id.number));
    return KindState(state);
  };
  switch (id.kind) {
    case ItemKind::instance:
      return load(InstanceState{});
    case ItemKind::shipment:
      return load(ShipmentState{});
    case ItemKind::message:
      return load(MessageState{});
    case ItemKind::mail:
      return load(MailState{});
    case ItemKind::delivery:
      return load(DeliveryState{});
    case ItemKind::receipt:
      return load(ReceiptState{});
    case ItemKind::set:
      return load(SetState{});
    case ItemKind::document:
      return load(DocumentState{});
  }
  return Refusal{.why = WhyRefused::no_such_item, .item = id};
}

Refusal WrongState(std::int64_t number, KindState state) {
  return {.why = WhyRefused::wrong_state, .item = {state.kind, number}, .state = state};
}

void RecordAct(Session& session, std::string_view what, std::string_view item, Time now) {
  session.Execute("INSERT INTO operator_act (at, what, item, actor) VALUES (:at, :what, :item, :actor)", now, what,
                  item, PersonAtTheConsole());
}

void Wake(Session& session, DestinationKind kind, std::string_view name) {
  // Single writer 5: the row is for the one daemon.
  session.Execute(
      "INSERT INTO woken (kind, name, times) VALUES (:kind, :name, 1) ON CONFLICT (kind, name) DO UPDATE SET "
      "times = woken.times + 1",
      NameOf(kind), name);
}

// A receipt that says "deleted" becomes a waiting one again, under another Message-ID (acted.h).
void TellMailAnew(Session& session, std::int64_t mail) {
  session.Execute(Sql("UPDATE receipt SET state = ", ReceiptState::waiting,
                      ", disposition = '', message_id = 'again.' || message_id, finished = NULL, tries = 0, next_try = "
                      "0, claimed_until = 0, error_code = '', error_detail = '', reply = '' WHERE mail = :mail AND "
                      "disposition = :disposition AND state <> ",
                      ReceiptState::waiting),
                  mail, Disposition::deleted);
}

void TellAnew(Session& session, std::int64_t instance) {
  for (const std::int64_t mail : session.FirstColumn<std::int64_t>(
           "SELECT mail FROM instance WHERE id = :id UNION SELECT mail FROM mail_duplicate WHERE instance = :again",
           instance, instance)) {
    TellMailAnew(session, mail);
  }
}

void TellDocumentAnew(Session& session, std::int64_t document) {
  for (const std::int64_t mail : session.FirstColumn<std::int64_t>(
           "SELECT mail FROM document WHERE id = :id UNION SELECT mail FROM document_duplicate WHERE document = :again",
           document, document)) {
    TellMailAnew(session, mail);
  }
}

}  // namespace gateway::ledger
