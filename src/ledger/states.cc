#include "ledger/states.h"

#include "ledger/row_words.h"

namespace gateway::ledger {
namespace {

template <ItemState... States>
KindStates Some(CountedKind kind, Direction direction, States... states) {
  constexpr std::array kKinds{WordTable<States>::kKind...};
  return {kind, kKinds[0], TableOf(kKinds[0]), {KindState(states)...}, WordOf(direction)};
}

template <ItemState State>
KindStates All(CountedKind kind) {
  KindStates all{kind, WordTable<State>::kKind, TableOf(WordTable<State>::kKind), {}};
  for (std::size_t i = 0; i < WordTable<State>::kWords.size(); ++i) all.states.emplace_back(static_cast<State>(i));
  return all;
}

}  // namespace

std::string_view TableOf(ItemKind kind) {
  switch (kind) {
    case ItemKind::instance:
      return "instance";
    case ItemKind::shipment:
      return "shipment";
    case ItemKind::message:
      return "message";
    case ItemKind::mail:
      return "mail";
    case ItemKind::delivery:
      return "delivery";
    case ItemKind::receipt:
      return "receipt";
    case ItemKind::set:
      return "received_set";
    case ItemKind::document:
      return "document";
  }
  return {};
}

std::string_view NameOf(CountedKind kind) {
  constexpr std::array<std::string_view, 10> kNames{"deliveries",    "documents_in", "documents_out", "instances_in",
                                                    "instances_out", "mails",        "messages",      "receipts",
                                                    "sets",          "shipments"};
  return kNames.at(static_cast<std::size_t>(kind));
}

const std::vector<KindStates>& AllStates() {
  using C = CountedKind;
  using I = InstanceState;
  using D = DocumentState;
  static const std::vector<KindStates> kAll{
      Some(C::instances_out, Direction::outbound, I::routed, I::held, I::dropped),
      Some(C::instances_in, Direction::inbound, I::accepted, I::stored, I::undeliverable, I::conflict, I::dropped),
      All<ShipmentState>(C::shipments),
      All<MessageState>(C::messages),
      All<MailState>(C::mails),
      All<DeliveryState>(C::deliveries),
      All<ReceiptState>(C::receipts),
      All<SetState>(C::sets),
      Some(C::documents_in, Direction::inbound, D::waiting, D::converted, D::filed, D::kept, D::quarantined,
           D::dropped),
      Some(C::documents_out, Direction::outbound, D::routed),
  };
  return kAll;
}

}  // namespace gateway::ledger
