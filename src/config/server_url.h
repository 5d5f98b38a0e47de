// smtp://, smtps://, imap:// and imaps:// URLs, and which hosts are this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::config {

struct ServerUrl {
  std::string scheme;      // lower case
  std::string host;        // lower case, IPv6 addresses without brackets
  std::uint16_t port = 0;  // the scheme's own where the URL gives none
};

// SCHEME://HOST[:PORT] with one of the schemes above; nothing else, in particular no user name and no path.
std::optional<ServerUrl> ParseServerUrl(std::string_view text);

// A host name (letters, digits, hyphens, underscores in labels), an IPv4 or an IPv6 address.
bool IsHost(std::string_view text);

// localhost, 127.0.0.0/8 or ::1. By its text: a name that resolves to loopback is not enough.
bool IsLoopback(std::string_view host);

}  // namespace gateway::config
