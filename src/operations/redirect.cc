#include "operations/redirect.h"

#include <chrono>
#include <thread>

#include "ledger/redirections.h"
#include "operations/known_destinations.h"
#include "operations/remove_files.h"

namespace gateway::operations {
namespace {

using ledger::DestinationKind;
using ledger::DestinationName;

// In these five seconds a worker stores the item that it has in hand, or gives it back.
constexpr int kLooks = 20;
constexpr std::chrono::milliseconds kMoment{250};

ledger::Redirection RedirectionOf(const OperatorContext& context, const DestinationName& from,
                                  const DestinationName& to) {
  ledger::Redirection redirection;
  redirection.from = from;
  redirection.to = to.name;
  redirection.renamed = !DestinationsOf(context.settings).Has(from);
  redirection.daemon_runs = context.daemon_runs;
  for (const PartnerSettings& partner : context.settings.partners) {
    if (to.kind != DestinationKind::partner || partner.name != to.name) continue;
    redirection.mailbox = partner.mailbox;
    redirection.addresses = partner.aliases;
    redirection.addresses.push_back(partner.address);
  }
  return redirection;
}

}  // namespace

Result<Redirected> Redirect(const OperatorContext& context, const DestinationName& from, const std::string& to,
                            const Clock& clock) {
  const DestinationName destination{from.kind, to};
  GATEWAY_TRY(RequireKnown(context, destination));
  const ledger::Redirection redirection = RedirectionOf(context, from, destination);
  ledger::Redirections acts(context.database);
  Redirected all;
  all.from_is_known = !redirection.renamed;
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) std::this_thread::sleep_for(kMoment);
    GATEWAY_ASSIGN(const ledger::Acted acted, acts.Redirect(redirection, clock.Now()));
    RemoveFiles(context.spool, spool::Kind::message, acted.message_keys);
    RemoveFiles(context.spool, spool::Kind::instance, acted.instance_keys);
    all.items += acted.items;
    all.in_hand = acted.in_hand;
    all.held = all.held || acted.held;
    if (acted.in_hand == 0) break;
  }
  if (!redirection.renamed) return all;
  if (from.kind != DestinationKind::pacs) GATEWAY_TRY(acts.CarryPast(redirection));
  if (from.kind == DestinationKind::pacs) {
    GATEWAY_ASSIGN(all.carried, acts.CarryGiven(redirection, all.items == 0 && !all.held, clock.Now()));
  }
  return all;
}

}  // namespace gateway::operations
