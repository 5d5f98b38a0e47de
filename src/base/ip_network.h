// Reads and writes IP addresses and networks (RFC 4632, RFC 4291): 192.0.2.1, 192.0.2.0/24,
// 2001:db8::1, 2001:db8::/32. An IPv4 address in the form of an IPv6 one (::ffff:192.0.2.1) is the
// IPv4 address.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

class IpNetwork {
 public:
  // Treats an address as a network of one.
  static std::optional<IpNetwork> Parse(std::string_view text);

  [[nodiscard]] bool IsAddress() const { return prefix_ == kBits; }
  [[nodiscard]] bool Contains(const IpNetwork& other) const;
  // Returns the network without the bits that the prefix leaves to the hosts, as a network is
  // usually written.
  [[nodiscard]] IpNetwork WithoutHostBits() const;
  [[nodiscard]] std::string Text() const;

  bool operator==(const IpNetwork&) const = default;

 private:
  static constexpr unsigned kBits = 128;

  [[nodiscard]] bool IsIpv4() const;

  std::array<std::uint8_t, kBits / 8> bytes_{};  // an IPv4 address as ::ffff:192.0.2.1
  unsigned prefix_ = kBits;                      // of these 128 bits
};

}  // namespace gateway
