#include "cli/act_commands.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/clock.h"
#include "cli/exit_codes.h"
#include "cli/operator_session.h"
#include "ledger/operator_acts.h"

namespace gateway::cli {
namespace {

using ledger::DestinationKind;
using ledger::DestinationName;

int UsageError(std::string_view text) {
  std::cerr << "dicom-mail-gateway: " << text << "\n";
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
  const auto is_it = [&](const auto& known) { return known.name == destination.name; };
  if (destination.kind == DestinationKind::pacs) return std::ranges::any_of(settings.pacs, is_it);
  return std::ranges::any_of(settings.partners, is_it);
}

int NoSuchDestination(const Named& named) {
  std::cerr << "dicom-mail-gateway: there is no " << named.Text() << "\n";
  return kExitNoSuchItem;
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
    return acted.error().code == "no-such-item" ? kExitNoSuchItem : exit_code;
  }
  RemoveFiles(session, *acted);
  if (json) {
    const nlohmann::ordered_json object{{"act", act}, {"target", named.Text()}, {"items", acted->items}};
    std::cout << object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
  } else {
    std::cout << act << " " << named.Text() << ": " << acted->items << (acted->items == 1 ? " item" : " items") << "\n";
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
    return NoSuchDestination(*named);
  }
  ledger::OperatorActs acts(*session->database);
  return Finish(*session, act, *named, call(acts, *named, SystemClock().Now()), json);
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

}  // namespace gateway::cli
