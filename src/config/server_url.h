// Reads smtp://, smtps://, imap:// and imaps:// URLs, and says which hosts are this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::config {

struct ServerUrl {
  std::string scheme;      // lower case
  std::string host;        // lower case, IPv6 addresses without brackets
  std::uint16_t port = 0;  // the scheme's own port if the URL names none
};

// Reads SCHEME://HOST[:PORT] with one of the schemes above. It accepts nothing else, and above all
// no user name and no path.
std::optional<ServerUrl> ParseServerUrl(std::string_view text);

// Returns whether `text` is a host name (letters, digits, hyphens and underscores in labels), an
// IPv4 or an IPv6 address.
bool IsHost(std::string_view text);

// Returns whether the host is localhost, in 127.0.0.0/8, or ::1. Only the text counts: a name that
// resolves to a loopback address is not enough.
bool IsLoopback(std::string_view host);

}  // namespace gateway::config
