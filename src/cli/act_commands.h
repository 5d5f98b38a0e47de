// `retry`, `cancel`, `hold`, `release`, `redirect`, `redeliver`: a person decides about items that
// are on their way. The commands work without a running daemon, and beside one, which notices the
// change within two seconds and logs it.
//
// Exit codes: 0; 1 if the state of the item does not allow it; 66 for an item, partner or PACS that
// does not exist; 64 for a wrong command line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gateway::cli {

// Exactly one of the four is set.
struct Target {
  std::string id;       // an item
  std::string partner;  // everything for this partner
  std::string pacs;     // everything for this PACS
  bool all = false;     // retry only
};

// Lets an item that failed, or waits for its next try, be due now with a new age, even if its
// destination did not work before.
int Retry(const std::filesystem::path& config, const Target& target, bool json);
// Gives up a shipment, message or delivery, as far as it was not sent or stored.
int Cancel(const std::filesystem::path& config, const std::string& id, bool json);
// Keeps back what it names. Nothing of it is sent, or stored, until its release.
int Hold(const std::filesystem::path& config, const Target& target, bool json);
int Release(const std::filesystem::path& config, const Target& target, bool json);

// Returns the kinds of destinations, as `redirect` takes them.
std::vector<std::string> DestinationKinds();

struct RedirectArguments {
  std::string kind;  // one of DestinationKinds()
  std::string from;
  std::string to;
};
// Sends what waits for one destination, is held or failed, to another one, which the configuration
// must have. The exit code is 66 if neither the configuration nor the ledger knows the first one.
int Redirect(const std::filesystem::path& config, const RedirectArguments& arguments, bool json);

struct RedeliverArguments {
  std::string id;    // I3, R9, T6 or a Study Instance UID
  std::string pacs;  // empty: those that had it
};
// Stores received instances once more, as long as their files are kept. The exit code is 1 if this
// is possible for none of them.
int Redeliver(const std::filesystem::path& config, const RedeliverArguments& arguments, bool json);

}  // namespace gateway::cli
