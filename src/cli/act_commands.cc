#include "cli/act_commands.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "base/clock.h"
#include "base/printable.h"
#include "cli/exit_codes.h"
#include "cli/item_examples.h"
#include "cli/json_text.h"
#include "cli/ledger_commands.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/refusal_text.h"
#include "cli/stranded.h"
#include "ledger/error_codes.h"
#include "operations/acts.h"
#include "operations/error_codes.h"
#include "operations/known_destinations.h"
#include "operations/redirect.h"
#include "operations/resend.h"

namespace gateway::cli {
namespace {

using ledger::DestinationKind;
using ledger::DestinationName;

int UsageError(std::string_view text) {
  Err() << "dicom-mail-gateway: " << text << "\n";
  return kExitUsage;
}

// The target that the command line names.
struct Named {
  std::optional<operations::Target> target;  // nullopt: all
  [[nodiscard]] std::string Text() const {
    if (!target) return "all";
    if (const auto* item = std::get_if<ItemId>(&*target)) return Format(*item);
    const DestinationName& destination = std::get<DestinationName>(*target);
    return std::string(NameOf(destination.kind)) + " " + destination.name;
  }
  [[nodiscard]] bool IsItem() const { return target && std::holds_alternative<ItemId>(*target); }
};

std::string_view NameOf(Asked asked) {
  switch (asked) {
    case Asked::retry:
      return "retry";
    case Asked::cancel:
      return "cancel";
    case Asked::hold:
      return "hold";
    default:
      return "release";
  }
}

// Returns nullopt after it has printed a mistake and set `exit_code`.
std::optional<Named> Understand(Asked asked, const Target& target, int& exit_code) {
  const int given = static_cast<int>(!target.id.empty()) + static_cast<int>(!target.partner.empty()) +
                    static_cast<int>(!target.pacs.empty()) + static_cast<int>(target.all);
  if (given != 1) {
    exit_code = UsageError(asked == Asked::retry ? "name one item, or one partner, or one PACS, or give --all"
                                                 : "name one item, or one partner, or one PACS");
    return std::nullopt;
  }
  Named named;
  if (!target.partner.empty()) named.target = DestinationName{DestinationKind::partner, target.partner};
  if (!target.pacs.empty()) named.target = DestinationName{DestinationKind::pacs, target.pacs};
  if (target.id.empty()) return named;
  named.target = ParseItemId(target.id);
  if (!named.target) {
    exit_code = UsageError("'" + Printable(target.id) + "' is no item that " + std::string(NameOf(asked)) +
                           " takes: " + (asked == Asked::retry ? kRetriedItems : kHeldItems));
    return std::nullopt;
  }
  return named;
}

int NoSuchDestination(const OperatorSession& session, const DestinationName& destination) {
  Err() << "dicom-mail-gateway: the configuration has no " << TextOf(destination) << "\n";
  PrintStranded(session, Err(), "dicom-mail-gateway: ");
  return kExitNoSuchItem;
}

// Names the destinations of the item that the configuration does not have, after `prefix`.
void TellUnknown(const OperatorSession& session, ItemId item, const std::string& prefix) {
  const auto unknown = operations::UnknownDestinationsOf(session.Context(), item);
  if (!unknown) return;
  for (const DestinationName& destination : *unknown) {
    Err() << prefix << Format(item) << " is for " << TextOf(destination) << ", which is not in the configuration\n";
  }
}

int Unreachable(const OperatorSession& session, ItemId item) {
  TellUnknown(session, item, "dicom-mail-gateway: ");
  PrintStranded(session, Err(), "dicom-mail-gateway: ");
  return kExitFailure;
}

int Failed(const OperatorSession& session, Asked asked, const Named& named, const ledger::NotDone& error) {
  if (named.target && !named.IsItem() && Is(error, codes::kNoSuchDestination)) {
    return NoSuchDestination(session, std::get<DestinationName>(*named.target));
  }
  if (named.IsItem() && Is(error, codes::kDestinationNotConfigured)) {
    return Unreachable(session, std::get<ItemId>(*named.target));
  }
  return PrintNotDone(error, asked);
}

std::string CountOfItems(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " item" : " items");
}

// Says what a command has done, for people. A partner without waiting items is woken or held all
// the same.
std::string DoneText(Asked act, const Named& named, std::size_t items) {
  const std::string count = CountOfItems(items);
  if (named.IsItem()) return count;
  const bool to_pacs = named.target && std::get<DestinationName>(*named.target).kind == DestinationKind::pacs;
  if (act == Asked::retry) {
    const std::string what = !named.target ? "every destination" : to_pacs ? "the PACS" : "its mail server";
    return what + " is tried at once; " + count + (items == 1 ? " was" : " were") + " put off or failed, due now";
  }
  if (act == Asked::hold) return "held from now on; " + count + (items == 1 ? " waits" : " wait") + " for its release";
  return "no longer held; " + count + (items == 1 ? " goes" : " go") + " on";
}

int Tell(const OperatorSession& session, Asked act, const Named& named, const operations::Acted& acted, bool json) {
  if (json) {
    const nlohmann::ordered_json object{{"act", NameOf(act)}, {"target", named.Text()}, {"items", acted.items}};
    PrintJson(object);
  } else {
    Out() << NameOf(act) << " " << named.Text() << ": " << DoneText(act, named, acted.items) << "\n";
    if (acted.replacing) {
      Out() << "it goes there in place of another content of that SOP Instance UID, which the PACS was given since\n";
    }
  }
  if (named.IsItem()) TellUnknown(session, std::get<ItemId>(*named.target), "note: ");
  // Tells what no such act could bring on its way.
  if (act == Asked::retry || act == Asked::release) {
    PrintStranded(session, Err(), "note: ");
  }
  return kExitOk;
}

// `call` does the act.
template <typename Call>
int Act(Asked act, const std::filesystem::path& config, const Target& target, bool json, const Call& call) {
  int exit_code = kExitOk;
  const std::optional<Named> named = Understand(act, target, exit_code);
  if (!named) return exit_code;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const ledger::Decided<operations::Acted> acted = call(session->Context(), *named, SystemClock().Now());
  if (!acted) return Failed(*session, act, *named, acted.error());
  return Tell(*session, act, *named, *acted, json);
}

// Tells what became of the instances, one line for each outcome.
void TellRedelivered(const ledger::Redelivered& done, Output& out) {
  struct Outcome {
    std::size_t count;
    std::string_view one;
    std::string_view many;
    std::string_view text;
  };
  for (const auto& [count, one, many, text] :
       {Outcome{done.under_way, "delivery was", "deliveries were", "waiting already"},
        Outcome{done.gone, "instance has", "instances have",
                "no file here any more, as the retention time is over (retention.delivered): have the partner resend "
                "them"},
        Outcome{done.undecided, "instance is", "instances are",
                "in quarantine, or dropped: quarantine list shows those in quarantine"},
        Outcome{done.nowhere, "instance was", "instances were", "for no PACS of the configuration: name one by --to"},
        Outcome{done.superseded, "delivery is", "deliveries are",
                "left out, as the PACS was given another content of that SOP Instance UID since: redeliver I..., "
                "the instance by its number, delivers it all the same"},
        Outcome{done.replacing, "delivery is", "deliveries are",
                "in place of another content of that SOP Instance UID, which the PACS was given since"}}) {
    if (count > 0) out << count << " " << (count == 1 ? one : many) << " " << text << "\n";
  }
  for (const std::string& pacs : done.not_configured) {
    out << "pacs " << Printable(pacs)
        << " had some of them, and is not in the configuration: if it has another name now, redirect pacs --from "
        << Printable(pacs) << " --to NAME, and then redeliver\n";
  }
}

int TellRedirected(const DestinationName& old_name, const std::string& to, const operations::Redirected& done,
                   bool json) {
  const std::string from = TextOf(old_name);
  if (json) {
    const nlohmann::ordered_json object{
        {"act", "redirect"}, {"from", from},           {"to", to}, {"items", done.items}, {"in_hand", done.in_hand},
        {"held", done.held}, {"carried", done.carried}};
    PrintJson(object);
  } else if (!done.IsNothing()) {
    Out() << "redirect " << from << " to " << to << ": " << CountOfItems(done.items) << "\n";
    if (done.carried > 0) {
      Out() << to << " counts as having been given the " << done.carried
            << (done.carried == 1 ? " instance" : " instances") << " that " << from << " was given\n";
    }
    if (done.held) {
      Out() << to << " is held now, as " << from << " was: release --" << NameOf(old_name.kind) << " " << to << "\n";
    }
  }
  if (done.in_hand > 0) {
    Err() << "dicom-mail-gateway: " << CountOfItems(done.in_hand)
          << " are being stored just now, and were left alone: give the command once more\n";
    return kExitFailure;
  }
  if (!done.IsNothing()) return kExitOk;
  Err() << "dicom-mail-gateway: nothing waits for " << from << ", which is not in the configuration\n";
  return kExitNoSuchItem;
}

}  // namespace

int Retry(const std::filesystem::path& config, const Target& target, bool json) {
  return Act(
      Asked::retry, config, target, json, [](const operations::OperatorContext& context, const Named& named, Time now) {
        return named.target ? operations::Retry(context, *named.target, now) : operations::RetryAll(context, now);
      });
}

int Cancel(const std::filesystem::path& config, const std::string& id, bool json) {
  return Act(Asked::cancel, config, {id, {}, {}, false}, json,
             [](const operations::OperatorContext& context, const Named& named, Time now) {
               return operations::Cancel(context, std::get<ItemId>(*named.target), now);
             });
}

int Hold(const std::filesystem::path& config, const Target& target, bool json) {
  return Act(Asked::hold, config, target, json,
             [](const operations::OperatorContext& context, const Named& named, Time now) {
               return operations::Hold(context, *named.target, now);
             });
}

int Release(const std::filesystem::path& config, const Target& target, bool json) {
  return Act(Asked::release, config, target, json,
             [](const operations::OperatorContext& context, const Named& named, Time now) {
               return operations::Release(context, *named.target, now);
             });
}

std::vector<std::string> DestinationKinds() {
  std::vector<std::string> names;
  for (const DestinationKind kind : ledger::kDestinationKinds) names.emplace_back(NameOf(kind));
  return names;
}

int Redirect(const std::filesystem::path& config, const RedirectArguments& arguments, bool json) {
  if (arguments.from == arguments.to) return UsageError("--from and --to are the same");
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const DestinationName from{ledger::DestinationKindNamed(arguments.kind), arguments.from};
  const Result<operations::Redirected> done =
      operations::Redirect(session->Context(), from, arguments.to, SystemClock());
  if (done) return TellRedirected(from, arguments.to, *done, json);
  if (!Is(done.error(), codes::kNoSuchDestination)) return PrintError(done.error());
  return NoSuchDestination(*session, {from.kind, arguments.to});
}

int Redeliver(const std::filesystem::path& config, const RedeliverArguments& arguments, bool json) {
  operations::RedeliveryRequest request;
  const std::optional<ItemId> item = ParseItemId(arguments.id);
  if (!item && !LooksLikeUid(arguments.id)) {
    return UsageError("'" + Printable(arguments.id) + "' is no item: I3, R9, T6, or a Study Instance UID");
  }
  if (item) {
    request.what = *item;
  } else {
    request.what = arguments.id;
  }
  if (!arguments.pacs.empty()) request.pacs = arguments.pacs;
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const ledger::Decided<ledger::Redelivered> done =
      operations::Redeliver(session->Context(), request, SystemClock().Now());
  if (!done) {
    if (Is(done.error(), codes::kNoSuchDestination)) {
      return NoSuchDestination(*session, {DestinationKind::pacs, arguments.pacs});
    }
    return PrintNotDone(done.error(), Asked::redeliver);
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
                                        {"replacing", done->replacing},
                                        {"not_configured", done->not_configured}};
    PrintJson(object);
  } else {
    Out() << "redeliver " << arguments.id << ": " << done->deliveries
          << (done->deliveries == 1 ? " delivery waits" : " deliveries wait") << " again\n";
    TellRedelivered(*done, Err());
  }
  return done->deliveries > 0 ? kExitOk : kExitFailure;
}

}  // namespace gateway::cli
