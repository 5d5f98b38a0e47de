#include "cli/act_commands.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/printable.h"
#include "cli/exit_codes.h"
#include "cli/json_text.h"
#include "cli/ledger_commands.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/stranded.h"
#include "ledger/error_codes.h"
#include "ledger/operator_acts.h"
#include "operations/known_destinations.h"

namespace gateway::cli {
namespace {

using ledger::DestinationKind;
using ledger::DestinationName;

int UsageError(std::string_view text) {
  Err() << "dicom-mail-gateway: " << text << "\n";
  return kExitUsage;
}

// What the command line names.
struct Named {
  std::optional<ItemId> item;
  std::optional<DestinationName> destination;  // neither: all
  [[nodiscard]] std::string Text() const {
    if (item) return Format(*item);
    if (!destination) return "all";
    return (destination->kind == DestinationKind::pacs ? "pacs " : "partner ") + destination->name;
  }
};

// nullopt: a mistake was printed, and `exit_code` is set.
std::optional<Named> Understand(const Target& target, int& exit_code) {
  const int given = static_cast<int>(!target.id.empty()) + static_cast<int>(!target.partner.empty()) +
                    static_cast<int>(!target.pacs.empty()) + static_cast<int>(target.all);
  if (given != 1) {
    exit_code = UsageError("name one item, or one partner, or one PACS");
    return std::nullopt;
  }
  Named named;
  if (!target.partner.empty()) named.destination = DestinationName{DestinationKind::partner, target.partner};
  if (!target.pacs.empty()) named.destination = DestinationName{DestinationKind::pacs, target.pacs};
  if (target.id.empty()) return named;
  named.item = ParseItemId(target.id);
  if (!named.item) {
    exit_code = UsageError("'" + target.id + "' is no item: S12, M7, D4, A5");
    return std::nullopt;
  }
  return named;
}

// One that is in the configuration no more may still be held, and released.
bool IsKnown(const Settings& settings, const DestinationName& destination) {
  return operations::DestinationsOf(settings).Has(destination);
}

int NoSuchDestination(const OperatorSession& session, const DestinationName& destination) {
  Err() << "dicom-mail-gateway: the configuration has no " << TextOf(destination) << "\n";
  PrintStranded(session, Err(), "dicom-mail-gateway: ");
  return kExitNoSuchItem;
}

// To try it again would do nothing: no worker claims it.
int Unreachable(const OperatorSession& session, ItemId item, const std::vector<DestinationName>& unknown) {
  for (const DestinationName& destination : unknown) {
    Err() << "dicom-mail-gateway: " << Format(item) << " is for " << TextOf(destination)
          << ", which is not in the configuration\n";
  }
  PrintStranded(session, Err(), "dicom-mail-gateway: ");
  return kExitFailure;
}

std::string CountOfItems(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " item" : " items");
}

// What a command has done, for people: a partner without waiting items is woken or held all the same.
std::string DoneText(std::string_view act, const Named& named, std::size_t items) {
  const std::string count = CountOfItems(items);
  if (named.item) return count;
  const bool to_pacs = named.destination && named.destination->kind == DestinationKind::pacs;
  if (act == "retry") {
    const std::string what = !named.destination ? "every destination" : to_pacs ? "the PACS" : "its mail server";
    return what + " is tried at once; " + count + (items == 1 ? " was" : " were") + " put off or failed, due now";
  }
  if (act == "hold") return "held from now on; " + count + (items == 1 ? " waits" : " wait") + " for its release";
  return "no longer held; " + count + (items == 1 ? " goes" : " go") + " on";
}

// What cannot be removed now is an orphan, and goes at the next start.
void RemoveFiles(const OperatorSession& session, const ledger::Acted& acted) {
  for (const std::string& key : acted.message_keys) (void)session.spool->Remove(spool::Kind::message, key);
  for (const std::string& key : acted.instance_keys) (void)session.spool->Remove(spool::Kind::instance, key);
}

int Finish(const OperatorSession& session, const char* act, const Named& named, const Result<ledger::Acted>& acted,
           bool json) {
  if (!acted) {
    const int exit_code = Report(acted.error());
    return Is(acted.error(), codes::kNoSuchItem) ? kExitNoSuchItem : exit_code;
  }
  RemoveFiles(session, *acted);
  if (json) {
    const nlohmann::ordered_json object{{"act", act}, {"target", named.Text()}, {"items", acted->items}};
    PrintJson(object);
  } else {
    Out() << act << " " << named.Text() << ": " << DoneText(act, named, acted->items) << "\n";
    if (acted->replacing) {
      Out() << "it goes there in place of another content of that SOP Instance UID, which the PACS was given since\n";
    }
  }
  // What no act of theirs could bring on its way.
  if (act == std::string_view("retry") || act == std::string_view("release")) {
    PrintStranded(session, Err(), "note: ");
  }
  return kExitOk;
}

// `must_be_known`: a destination has to stand in the configuration. `call` does the act in the ledger.
template <typename Call>
int Act(const char* act, const std::filesystem::path& config, const Target& target, bool json, bool must_be_known,
        const Call& call) {
  int exit_code = kExitOk;
  const std::optional<Named> named = Understand(target, exit_code);
  if (!named) return exit_code;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  if (must_be_known && named->destination && !IsKnown(session->settings, *named->destination)) {
    return NoSuchDestination(*session, *named->destination);
  }
  if (must_be_known && named->item && act == std::string_view("retry")) {
    const std::vector<DestinationName> unknown = UnknownDestinationsOf(*session, *named->item);
    if (!unknown.empty()) return Unreachable(*session, *named->item, unknown);
  }
  ledger::OperatorActs acts(*session->database);
  return Finish(*session, act, *named, call(acts, *named, SystemClock().Now()), json);
}

// What became of it, a line each.
void TellRedelivered(const ledger::Redelivered& done, Output& out) {
  for (const auto& [count, text] :
       {std::pair(done.under_way, "on their way anyway"),
        std::pair(done.gone, "files are over their retention time (retention.delivered): have the partner resend them"),
        std::pair(done.undecided, "in quarantine or dropped: quarantine list"),
        std::pair(done.nowhere, "for no PACS of the configuration: name one by --to"),
        std::pair(done.superseded,
                  "left out, as the PACS was given another content of that SOP Instance UID since: redeliver I..., "
                  "the instance by its number, delivers it all the same"),
        std::pair(done.replacing,
                  "in place of another content of that SOP Instance UID, which the PACS was given since")}) {
    if (count > 0) out << count << " " << text << "\n";
  }
}

constexpr int kLooks = 20;
constexpr std::chrono::milliseconds kMoment{250};

// What a worker has in hand is stored within seconds, or given back.
Result<ledger::Acted> RedirectPatiently(ledger::OperatorActs& acts, const ledger::Redirection& redirection) {
  ledger::Acted all;
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) std::this_thread::sleep_for(kMoment);
    GATEWAY_ASSIGN(ledger::Acted acted, acts.Redirect(redirection, SystemClock().Now()));
    all.items += acted.items;
    all.in_hand = acted.in_hand;
    all.held = all.held || acted.held;
    std::ranges::move(acted.message_keys, std::back_inserter(all.message_keys));
    std::ranges::move(acted.instance_keys, std::back_inserter(all.instance_keys));
    if (acted.in_hand == 0) break;
  }
  return all;
}

int TellRedirected(const ledger::Redirection& redirection, const ledger::Acted& acted, bool json) {
  const std::string from = TextOf(redirection.from);
  // A name that neither the configuration nor the ledger knows is a misspelt one.
  const bool is_nothing = acted.items == 0 && !acted.held && acted.in_hand == 0 && redirection.renamed;
  if (json) {
    const nlohmann::ordered_json object{{"act", "redirect"},        {"from", from},
                                        {"to", redirection.to},     {"items", acted.items},
                                        {"in_hand", acted.in_hand}, {"held", acted.held}};
    PrintJson(object);
  } else if (!is_nothing) {
    Out() << "redirect " << from << " to " << redirection.to << ": " << CountOfItems(acted.items) << "\n";
    if (acted.held) {
      Out() << redirection.to << " is held now, as " << from << " was: release --" << NameOf(redirection.from.kind)
            << " " << redirection.to << "\n";
    }
  }
  if (acted.in_hand > 0) {
    Err() << "dicom-mail-gateway: " << CountOfItems(acted.in_hand)
          << " are being stored just now, and were left alone: give the command once more\n";
    return kExitFailure;
  }
  if (!is_nothing) return kExitOk;
  Err() << "dicom-mail-gateway: nothing waits for " << from << ", which is not in the configuration\n";
  return kExitNoSuchItem;
}

}  // namespace

int Retry(const std::filesystem::path& config, const Target& target, bool json) {
  return Act("retry", config, target, json, true, [](ledger::OperatorActs& acts, const Named& named, Time now) {
    if (named.item) return acts.Retry(*named.item, now);
    return named.destination ? acts.RetryDestination(*named.destination, now) : acts.RetryAll(now);
  });
}

int Cancel(const std::filesystem::path& config, const std::string& id, bool json) {
  return Act("cancel", config, {id, {}, {}, false}, json, false,
             [](ledger::OperatorActs& acts, const Named& named, Time now) { return acts.Cancel(*named.item, now); });
}

int Hold(const std::filesystem::path& config, const Target& target, bool json) {
  return Act("hold", config, target, json, true, [](ledger::OperatorActs& acts, const Named& named, Time now) {
    return named.item ? acts.Hold(*named.item, now) : acts.HoldDestination(*named.destination, now);
  });
}

int Release(const std::filesystem::path& config, const Target& target, bool json) {
  return Act("release", config, target, json, false, [](ledger::OperatorActs& acts, const Named& named, Time now) {
    return named.item ? acts.Release(*named.item, now) : acts.ReleaseDestination(*named.destination, now);
  });
}

int Redirect(const std::filesystem::path& config, const RedirectArguments& arguments, bool json) {
  if (arguments.from == arguments.to) return UsageError("--from and --to are the same");
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  ledger::Redirection redirection;
  redirection.from = {ledger::DestinationKindNamed(arguments.kind), arguments.from};
  redirection.to = arguments.to;
  const DestinationName to{redirection.from.kind, arguments.to};
  if (!IsKnown(session->settings, to)) return NoSuchDestination(*session, to);
  redirection.renamed = !IsKnown(session->settings, redirection.from);
  redirection.daemon_runs = session->daemon_runs;
  for (const PartnerSettings& partner : session->settings.partners) {
    if (to.kind != DestinationKind::partner || partner.name != to.name) continue;
    redirection.mailbox = partner.mailbox;
    redirection.addresses = partner.aliases;
    redirection.addresses.push_back(partner.address);
  }
  ledger::OperatorActs acts(*session->database);
  Result<ledger::Acted> acted = RedirectPatiently(acts, redirection);
  if (!acted) return Report(acted.error());
  RemoveFiles(*session, *acted);
  return TellRedirected(redirection, *acted, json);
}

int Redeliver(const std::filesystem::path& config, const RedeliverArguments& arguments, bool json) {
  ledger::Redelivery redelivery;
  redelivery.item = ParseItemId(arguments.id);
  if (!redelivery.item && !LooksLikeUid(arguments.id)) {
    return UsageError("'" + Printable(arguments.id) + "' is no item: I3, R9, T6, or a Study Instance UID");
  }
  if (!redelivery.item) redelivery.study_instance_uid = arguments.id;
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  redelivery.known = operations::DestinationsOf(session->settings);
  if (!arguments.pacs.empty()) {
    redelivery.pacs = arguments.pacs;
    const DestinationName pacs{DestinationKind::pacs, arguments.pacs};
    if (!redelivery.known.Has(pacs)) return NoSuchDestination(*session, pacs);
  }
  const Result<ledger::Redelivered> done =
      ledger::OperatorActs(*session->database).Redeliver(redelivery, SystemClock().Now());
  if (!done) {
    exit_code = Report(done.error());
    return Is(done.error(), codes::kNoSuchItem) ? kExitNoSuchItem : exit_code;
  }
  if (json) {
    const nlohmann::ordered_json object{{"act", "redeliver"},
                                        {"instances", done->instances},
                                        {"deliveries", done->deliveries},
                                        {"under_way", done->under_way},
                                        {"gone", done->gone},
                                        {"undecided", done->undecided},
                                        {"nowhere", done->nowhere},
                                        {"superseded", done->superseded},
                                        {"replacing", done->replacing}};
    PrintJson(object);
  } else {
    Out() << "redeliver " << arguments.id << ": " << done->deliveries
          << (done->deliveries == 1 ? " delivery waits" : " deliveries wait") << " again\n";
    TellRedelivered(*done, Err());
  }
  return done->deliveries > 0 ? kExitOk : kExitFailure;
}

}  // namespace gateway::cli
