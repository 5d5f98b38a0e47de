// The names of destinations, and what is known of one: whether the configuration has it, how many
// items wait for it, since when it is away.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/time.h"

namespace gateway::ledger {

// A person can hold everything that goes to such a destination, and the daemon leaves one alone for
// a while when it fails.
enum class DestinationKind { partner, pacs, mailbox };
inline constexpr std::array kDestinationKinds{DestinationKind::partner, DestinationKind::pacs,
                                              DestinationKind::mailbox};

struct DestinationName {
  DestinationKind kind = DestinationKind::partner;
  std::string name;
  friend bool operator==(const DestinationName&, const DestinationName&) = default;
};

// These are the names that the ledger and the command line use. What is no such name counts as a
// partner.
std::string_view NameOf(DestinationKind kind);
DestinationKind DestinationKindNamed(std::string_view name);
// Returns the kind and the name, for example "partner b".
std::string TextOf(const DestinationName& destination);

// The destinations of a configuration (operations/known_destinations.h).
struct KnownDestinations {
  std::vector<std::string> partners;
  std::vector<std::string> pacs;
  std::vector<std::string> mailboxes;
  [[nodiscard]] bool Has(const DestinationName& destination) const;
};

// Counts the items that wait for, or are held back from, a destination that the configuration does
// not have.
struct Stranded {
  DestinationName destination;
  std::int64_t items = 0;
};

struct Away {
  DestinationName destination;
  Time since;
  std::string error_code;
  std::string error_detail;
};

// Returns the mail server of a mailbox, or, if `partner` is not empty, the partner behind it.
inline DestinationName MailDestination(const std::string& mailbox, const std::string& partner) {
  if (partner.empty()) return {DestinationKind::mailbox, mailbox};
  return {DestinationKind::partner, partner};
}

}  // namespace gateway::ledger
