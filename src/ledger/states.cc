#include "ledger/states.h"

namespace gateway::ledger {
namespace {

template <ItemState... States>
KindStates Some(std::string_view kind, States... states) {
  constexpr std::array kKinds{StateTable<States>::kKind...};
  return {kind, kKinds[0], TableOf(kKinds[0]), {NameOf(states)...}};
}

template <ItemState State>
KindStates All(std::string_view kind) {
  const auto& names = StateTable<State>::kNames;
  return {kind, StateTable<State>::kKind, TableOf(StateTable<State>::kKind), {names.begin(), names.end()}};
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

const std::vector<KindStates>& AllStates() {
  using I = InstanceState;
  using D = DocumentState;
  static const std::vector<KindStates> kAll{
      Some("instances_out", I::routed, I::held, I::dropped),
      Some("instances_in", I::accepted, I::stored, I::undeliverable, I::conflict, I::dropped),
      All<ShipmentState>("shipments"),
      All<MessageState>("messages"),
      All<MailState>("mails"),
      All<DeliveryState>("deliveries"),
      All<ReceiptState>("receipts"),
      All<SetState>("sets"),
      Some("documents_in", D::waiting, D::converted, D::filed, D::kept, D::quarantined, D::dropped),
      Some("documents_out", D::routed),
  };
  return kAll;
}

}  // namespace gateway::ledger
