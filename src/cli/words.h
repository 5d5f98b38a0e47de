// The words in which commands tell facts of the ledger. Text that came from outside (addresses,
// Message-IDs, servers' replies) is made printable here, because a terminal obeys control
// characters, and JSON must be UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/priority.h"
#include "gateway/settings/profile.h"
#include "ledger/destination_name.h"
#include "ledger/item_details.h"
#include "ledger/number_ranges.h"

namespace gateway::cli {

// "1 instance", "2 instances"
std::string CountOf(std::int64_t count, std::string_view noun);
// "code: detail", or empty
std::string TextOf(const ledger::Reason& reason);
// The same, with the command that helps, if there is only one.
std::string TextOf(const ledger::Reason& reason, ItemId item);
// "pacs main away since 2026-01-02T03:04:05Z: pacs-unreachable: connection refused"
std::string TextOf(const ledger::Away& away);
// "pacs main, since 2026-01-02T03:04:05Z: pacs-unreachable: connection refused"
std::string StatusTextOf(const ledger::Away& away);
// "3, 7-9"; "..." stands for everything behind the first fifty ranges.
std::string TextOf(const std::vector<ledger::NumberRange>& ranges);
// "operator, partner b"
std::string TextOf(const ledger::Holds& holds);
// "unknown-pacs: the configuration has no pacs old: redirect"
std::string NotConfigured(const ledger::DestinationName& destination);

std::string NameOf(Priority priority);
std::string_view NameOf(Bundling bundling);
std::string_view NameOf(ReceiptMode mode);  // empty if no receipt is asked for
std::string_view NameOf(ledger::Direction direction);
std::string_view NameOf(ledger::ReceiptKind kind);
std::string_view NameOf(ledger::Disposition disposition);  // as it is mailed

}  // namespace gateway::cli
