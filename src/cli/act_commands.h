// `retry`, `cancel`, `hold`, `release`, `redirect`: what a person decides of what is on its way. They work beside a
// running daemon, which goes on with it within two seconds and logs it, and without one.
//
// Exit codes: 0; 1 where the item is in a state that does not allow it; 66 for an item, partner or PACS that is not
// there; 64 for a wrong command line.
#pragma once

#include <filesystem>
#include <string>

namespace gateway::cli {

// One of the four.
struct Target {
  std::string id;       // an item
  std::string partner;  // everything for this partner
  std::string pacs;     // everything for this PACS
  bool all = false;     // retry only
};

// What failed or waits for its next try is due now, with a new age, whatever its destination was like.
int Retry(const std::filesystem::path& config, const Target& target, bool json);
// A shipment, message or delivery ends here, as far as it was not sent or stored.
int Cancel(const std::filesystem::path& config, const std::string& id, bool json);
// Nothing of it is sent, or stored, until its release.
int Hold(const std::filesystem::path& config, const Target& target, bool json);
int Release(const std::filesystem::path& config, const Target& target, bool json);

struct RedirectArguments {
  std::string kind;  // pacs, partner, mailbox
  std::string from;
  std::string to;
};
// What waits for one destination, is held or failed, goes to another, which the configuration must have. 66 where
// neither the configuration nor the ledger knows the first.
int Redirect(const std::filesystem::path& config, const RedirectArguments& arguments, bool json);

struct RedeliverArguments {
  std::string id;    // I3, R9, T6 or a Study Instance UID
  std::string pacs;  // empty: those that had it
};
// What was received is stored once more, as long as its files are kept. 1 where none of it can be.
int Redeliver(const std::filesystem::path& config, const RedeliverArguments& arguments, bool json);

}  // namespace gateway::cli
