#include "base/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gateway {
namespace {

constexpr std::array<std::uint8_t, 12> kIpv4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kIpv4PrefixBits = 96;

std::optional<unsigned> ParsePrefix(std::string_view text) {
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.starts_with('-');
  return whole ? std::optional(prefix) : std::nullopt;
}

}  // namespace

bool IpNetwork::IsIpv4() const {
  return prefix_ >= kIpv4PrefixBits && std::equal(kIpv4Prefix.begin(), kIpv4Prefix.end(), bytes_.begin());
}

std::optional<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  IpNetwork network;
  unsigned added = 0;
  if (::inet_pton(AF_INET, address.c_str(), &network.bytes_[kIpv4Prefix.size()]) == 1) {
    std::copy(kIpv4Prefix.begin(), kIpv4Prefix.end(), network.bytes_.begin());
    added = kIpv4PrefixBits;
  } else if (::inet_pton(AF_INET6, address.c_str(), network.bytes_.data()) != 1) {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) return network;
  const auto prefix = ParsePrefix(text.substr(slash + 1));
  if (!prefix || *prefix > kBits - added) return std::nullopt;
  network.prefix_ = *prefix + added;
  return network;
}

// ::/0 contains all of IPv6, and nothing of IPv4.
bool IpNetwork::Contains(const IpNetwork& other) const {
  if (other.prefix_ < prefix_ || IsIpv4() != other.IsIpv4()) return false;
  IpNetwork cut = other;
  cut.prefix_ = prefix_;
  return cut.WithoutHostBits().bytes_ == WithoutHostBits().bytes_;
}

IpNetwork IpNetwork::WithoutHostBits() const {
  IpNetwork network = *this;
  for (unsigned bit = prefix_; bit < kBits; ++bit) {
    network.bytes_[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
  return network;
}

std::string IpNetwork::Text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool ipv4 = IsIpv4();
  const void* const bytes = ipv4 ? &bytes_[kIpv4Prefix.size()] : bytes_.data();
  ::inet_ntop(ipv4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  std::string network = text.data();
  if (!IsAddress()) network += "/" + std::to_string(prefix_ - (ipv4 ? kIpv4PrefixBits : 0));
  return network;
}

}  // namespace gateway
