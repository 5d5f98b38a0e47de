// `list`: first what failed or waits for a person, and then what is on its way or done.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <set>

#include "ledger/away_destinations.h"
#include "ledger/destinations.h"
#include "ledger/operator/operator_rows.h"
#include "ledger/operator_ledger.h"
#include "ledger/states.h"
#include "ledger/store/database_impl.h"

namespace gateway::ledger {
namespace {

// What waits for a person is shown whatever the limit is. But ten thousand lines of it help nobody.
constexpr std::size_t kMostOfASort = 1000;

constexpr std::array kAllKinds{ItemKind::instance, ItemKind::shipment, ItemKind::message, ItemKind::mail,
                               ItemKind::delivery, ItemKind::receipt,  ItemKind::set,     ItemKind::document};

std::vector<Selection> EachOf(std::initializer_list<KindState> states) {
  std::vector<Selection> selections;
  for (const KindState& state : states) selections.push_back({state.kind, state.name, {}});
  return selections;
}

std::vector<Selection> NeedingAPerson() {
  using S = ShipmentState;
  using M = MessageState;
  using I = InstanceState;
  return EachOf({S::failed,
                 S::overdue,
                 S::refused,
                 S::bounced,
                 M::failed,
                 M::overdue,
                 M::refused,
                 M::bounced,
                 M::held,
                 MailState::quarantined,
                 DeliveryState::failed,
                 DeliveryState::held,
                 ReceiptState::failed,
                 ReceiptState::held,
                 SetState::overdue,
                 I::held,
                 I::undeliverable,
                 I::conflict,
                 DocumentState::quarantined,
                 DocumentState::kept});
}

// Leaves out receipts, bounces and joined fragments, because they are no news by themselves.
std::vector<Selection> TheOthers() {
  std::vector<Selection> others = EachOf({MailState::fetched, MailState::fragment, MailState::opened});
  others.insert(others.begin(), {ItemKind::shipment, {}, {}});
  return others;
}

std::vector<Selection> SelectionsOf(const ListFilter& filter) {
  if (filter.kind) return {{*filter.kind, filter.state, {}}};
  std::vector<Selection> selections;
  for (const ItemKind kind : kAllKinds) selections.push_back({kind, filter.state, {}});
  return selections;
}

// Selects what waits for a destination that the configuration does not have.
std::vector<Selection> StrandedSelections(const std::vector<Stranded>& stranded, const std::optional<ItemKind>& only) {
  std::vector<Selection> selections;
  for (const Stranded& found : stranded) {
    for (const KindState& state : WaitingFor(found.destination.kind)) {
      if (!only || *only == state.kind) selections.push_back({state.kind, state.name, found.destination});
    }
  }
  return selections;
}

// An item that a person holds waits for nothing else.
bool IsHeld(const ItemSummary& item) {
  const std::array held{KindState(MessageState::held), KindState(DeliveryState::held), KindState(ReceiptState::held)};
  return std::ranges::find(held, item.state) != held.end();
}

// Finds why the item waits, unless the item has an error of its own.
void Explain(const ListFilter& filter, const std::vector<Away>& away, ItemSummary& item) {
  for (const DestinationName& destination : item.waits_for) {
    if (filter.known && !filter.known->Has(destination)) {
      item.not_configured = destination;
      return;
    }
    // A received mail does not wait for its mailbox's SMTP server.
    if (!item.reason.IsEmpty() || item.away || IsHeld(item) || item.id.kind == ItemKind::mail) continue;
    const auto found = std::ranges::find(away, destination, &Away::destination);
    if (found != away.end()) item.away = *found;
  }
}

void Shorten(std::vector<ItemSummary>& items, std::size_t limit) {
  if (items.size() > limit) items.erase(items.begin() + static_cast<std::ptrdiff_t>(limit), items.end());
}

bool IsNewer(const ItemSummary& a, const ItemSummary& b) {
  return std::tie(a.since, a.id.kind, a.id.number) > std::tie(b.since, b.id.kind, b.id.number);
}

// Returns each item once, the newest first.
std::vector<ItemSummary> Collect(Session& session, const std::vector<Selection>& selections, std::size_t limit,
                                 std::set<std::pair<ItemKind, std::int64_t>>& seen) {
  std::vector<ItemSummary> all;
  for (const Selection& selection : selections) AddSummaries(session, selection, limit, all);
  std::vector<ItemSummary> items;
  for (ItemSummary& item : all) {
    if (seen.insert({item.id.kind, item.id.number}).second) items.push_back(std::move(item));
  }
  std::sort(items.begin(), items.end(), IsNewer);
  return items;
}

}  // namespace

std::vector<std::string_view> StatesOf(const std::optional<ItemKind>& kind) {
  std::set<std::string_view> states;
  for (const KindStates& known : AllStates()) {
    if (kind && *kind != known.item) continue;
    for (const KindState& state : known.states) states.insert(state.name);
  }
  // Only these kinds wait for a destination, so only they can be stranded.
  const bool goes_somewhere = !kind || *kind == ItemKind::shipment || *kind == ItemKind::message ||
                              *kind == ItemKind::delivery || *kind == ItemKind::receipt || *kind == ItemKind::mail;
  if (goes_somewhere) states.insert(kStranded);
  return {states.begin(), states.end()};
}

Result<std::vector<ItemSummary>> OperatorLedger::List(const ListFilter& filter) {
  std::vector<Stranded> stranded;
  if (filter.known) {
    GATEWAY_ASSIGN(stranded, Destinations(database_).FindStranded(*filter.known));
  }
  return database_.impl().Read([&](Session& session) -> Result<std::vector<ItemSummary>> {
    std::set<std::pair<ItemKind, std::int64_t>> seen;
    std::vector<ItemSummary> items;
    if (filter.state == kStranded) {
      items = Collect(session, StrandedSelections(stranded, filter.kind), filter.limit, seen);
    } else if (filter.kind || filter.state) {
      items = Collect(session, SelectionsOf(filter), filter.limit, seen);
      Shorten(items, filter.limit);
    } else {
      std::vector<Selection> first = StrandedSelections(stranded, {});
      for (const Selection& selection : NeedingAPerson()) first.push_back(selection);
      items = Collect(session, first, kMostOfASort, seen);
      std::vector<ItemSummary> others = Collect(session, TheOthers(), filter.limit, seen);
      Shorten(others, filter.limit);
      items.insert(items.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    }
    const std::vector<Away> away = LoadAway(session);
    for (ItemSummary& item : items) Explain(filter, away, item);
    return items;
  });
}

}  // namespace gateway::ledger
