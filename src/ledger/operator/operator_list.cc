// `list`: first what failed or waits for a person, then what is on its way, then what is done.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <set>

#include "ledger/operator/operator_rows.h"
#include "ledger/operator_ledger.h"
#include "ledger/states.h"
#include "ledger/store/database_impl.h"

namespace gateway::ledger {
namespace {

constexpr std::string_view kStranded = "stranded";
// What waits for a person is shown whatever the limit; but ten thousand lines of it help nobody.
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

// Receipts and bounces, and fragments that were joined, are no news of their own.
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

// What waits for a destination that is in no configuration.
std::vector<Selection> StrandedSelections(const std::vector<Stranded>& stranded, const std::optional<ItemKind>& only) {
  std::vector<Selection> selections;
  for (const Stranded& found : stranded) {
    for (const KindState& state : WaitingFor(found.destination.kind)) {
      if (!only || *only == state.kind) selections.push_back({state.kind, state.name, found.destination});
    }
  }
  return selections;
}

// A person let it wait: it waits for nothing else.
bool IsHeld(const Row& row) {
  const std::array held{KindState(MessageState::held), KindState(DeliveryState::held), KindState(ReceiptState::held)};
  return std::ranges::any_of(
      held, [&](const KindState& state) { return row.id.kind == state.kind && row.state == state.name; });
}

// Why it waits, where it is not the item's own error.
void Explain(const ListFilter& filter, const std::vector<Away>& away, Row& row) {
  for (const DestinationName& destination : row.waits_for) {
    if (filter.known && !filter.known->Has(destination)) {
      row.state = kStranded;
      row.reason = NotConfigured(destination);
      return;
    }
    if (!row.reason.empty() || IsHeld(row)) continue;
    const auto found =
        std::find_if(away.begin(), away.end(), [&](const Away& one) { return one.destination == destination; });
    if (found != away.end()) row.reason = "waiting: " + TextOf(*found);
  }
}

bool IsNewer(const Row& a, const Row& b) {
  return std::tie(a.since, a.id.kind, a.id.number) > std::tie(b.since, b.id.kind, b.id.number);
}

// Each item once, the newest first.
std::vector<Row> Collect(Session& session, const std::vector<Selection>& selections, std::size_t limit,
                         std::set<std::pair<ItemKind, std::int64_t>>& seen) {
  std::vector<Row> all;
  for (const Selection& selection : selections) AddRows(session, selection, limit, all);
  std::vector<Row> rows;
  for (Row& row : all) {
    if (seen.insert({row.id.kind, row.id.number}).second) rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), IsNewer);
  return rows;
}

}  // namespace

std::string NotConfigured(const DestinationName& destination) {
  return "unknown-" + std::string(NameOf(destination.kind)) + ": the configuration has no " + TextOf(destination) +
         ": redirect";
}

std::vector<std::string_view> StatesOf(const std::optional<ItemKind>& kind) {
  std::set<std::string_view> states;
  for (const KindStates& known : AllStates()) {
    if (!kind || *kind == known.item) states.insert(known.states.begin(), known.states.end());
  }
  const bool goes_somewhere = !kind || *kind == ItemKind::shipment || *kind == ItemKind::message ||
                              *kind == ItemKind::delivery || *kind == ItemKind::receipt;
  if (goes_somewhere) states.insert(kStranded);
  return {states.begin(), states.end()};
}

Result<std::vector<Row>> OperatorLedger::List(const ListFilter& filter) {
  std::vector<Stranded> stranded;
  if (filter.known) {
    GATEWAY_ASSIGN(stranded, Destinations(database_).FindStranded(*filter.known));
  }
  return database_.impl().Read([&](Session& session) -> Result<std::vector<Row>> {
    std::set<std::pair<ItemKind, std::int64_t>> seen;
    std::vector<Row> rows;
    if (filter.state == kStranded) {
      rows = Collect(session, StrandedSelections(stranded, filter.kind), filter.limit, seen);
    } else if (filter.kind || filter.state) {
      rows = Collect(session, SelectionsOf(filter), filter.limit, seen);
      if (rows.size() > filter.limit) rows.resize(filter.limit);
    } else {
      std::vector<Selection> first = StrandedSelections(stranded, {});
      for (const Selection& selection : NeedingAPerson()) first.push_back(selection);
      rows = Collect(session, first, kMostOfASort, seen);
      std::vector<Row> others = Collect(session, TheOthers(), filter.limit, seen);
      if (others.size() > filter.limit) others.resize(filter.limit);
      rows.insert(rows.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    }
    const std::vector<Away> away = LoadAway(session);
    for (Row& row : rows) Explain(filter, away, row);
    return rows;
  });
}

}  // namespace gateway::ledger
