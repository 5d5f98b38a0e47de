#include "base/ip_network.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

bool Contains(const char* network, const char* address) {
  return IpNetwork::Parse(network)->Contains(*IpNetwork::Parse(address));
}

TEST(IpNetwork, ReadsAddressesAndNetworks) {
  for (const char* text : {"192.0.2.1", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::1", "2001:db8::/32", "::/0", "::1"}) {
    ASSERT_TRUE(IpNetwork::Parse(text)) << text;
    EXPECT_EQ(IpNetwork::Parse(text)->Text(), text);
  }
}

TEST(IpNetwork, ReadsNothingElse) {
  for (const char* text : {"", "/", "192.0.2", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8",
                           "192.0.2.0/8 ", "192.0.2.0/8/8", "2001:db8::/129", "host", "host/24", "192.0.2.256"}) {
    EXPECT_FALSE(IpNetwork::Parse(text)) << text;
  }
}

TEST(IpNetwork, ContainsItsAddressesAndNoOthers) {
  EXPECT_TRUE(Contains("192.0.2.0/24", "192.0.2.0"));
  EXPECT_TRUE(Contains("192.0.2.0/24", "192.0.2.255"));
  EXPECT_FALSE(Contains("192.0.2.0/24", "192.0.3.0"));
  EXPECT_TRUE(Contains("192.0.2.128/25", "192.0.2.129"));
  EXPECT_FALSE(Contains("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(Contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(Contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(Contains("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(Contains("192.0.2.1", "192.0.2.2"));
}

TEST(IpNetwork, IPv4IsTheSameAsIPv6AndNoPartOfIt) {
  EXPECT_TRUE(Contains("192.0.2.0/24", "::ffff:192.0.2.9"));
  EXPECT_TRUE(Contains("::ffff:192.0.2.0/120", "192.0.2.9"));
  EXPECT_TRUE(Contains("0.0.0.0/0", "203.0.113.5"));
  EXPECT_FALSE(Contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_FALSE(Contains("::/0", "203.0.113.5"));
}

TEST(IpNetwork, KnowsItsHostBits) {
  EXPECT_EQ(IpNetwork::Parse("192.0.2.5/24")->WithoutHostBits().Text(), "192.0.2.0/24");
  EXPECT_EQ(IpNetwork::Parse("2001:db8:8000::1/33")->WithoutHostBits().Text(), "2001:db8:8000::/33");
}

}  // namespace
}  // namespace gateway
