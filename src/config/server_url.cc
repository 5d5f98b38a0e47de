#include "config/server_url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/values.h"

namespace gateway::config {
namespace {

std::optional<std::uint16_t> DefaultPort(std::string_view scheme) {
  if (scheme == "smtp") return 25;
  if (scheme == "smtps") return 465;
  if (scheme == "imap") return 143;
  if (scheme == "imaps") return 993;
  return std::nullopt;
}

bool IsIpv4(const std::string& text) {
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool IsIpv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
         });
}

bool IsHostName(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  if (text.find_first_not_of("0123456789.") == std::string_view::npos) return false;  // a mistyped IPv4 address
  while (true) {
    const auto dot = text.find('.');
    if (!IsLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::optional<ServerUrl> ParseServerUrl(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  ServerUrl url{LowerCase(text.substr(0, colon)), {}, 0};
  const auto default_port = DefaultPort(url.scheme);
  if (!default_port) return std::nullopt;
  url.port = *default_port;
  std::string_view rest = text.substr(colon + 3);
  std::size_t host_end = 0;
  if (rest.starts_with('[')) {  // RFC 3986 section 3.2.2: an IPv6 address
    const auto bracket = rest.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    url.host = LowerCase(rest.substr(1, bracket - 1));
    if (!IsIpv6(url.host)) return std::nullopt;
    host_end = bracket + 1;
  } else {
    host_end = std::min(rest.find(':'), rest.size());
    url.host = LowerCase(rest.substr(0, host_end));
    if (!IsHost(url.host)) return std::nullopt;
  }
  rest.remove_prefix(host_end);
  if (rest.empty()) return url;
  const auto port = rest.front() == ':' ? ParsePort(rest.substr(1)) : std::nullopt;
  if (!port) return std::nullopt;
  url.port = *port;
  return url;
}

bool IsHost(std::string_view text) {
  const std::string host(text);
  return IsHostName(text) || IsIpv4(host) || IsIpv6(host);
}

bool IsLoopback(std::string_view host) {
  const std::string name = LowerCase(host);
  in_addr v4{};
  if (inet_pton(AF_INET, name.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, name.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  return name == "localhost";
}

}  // namespace gateway::config
