#include "rehearse/net/socket/ip_address.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

TEST(IpAddressTest, AnIp4AddressIsFourNumbersWrittenInOneWay) {
  for (const char* const good : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "10.0.20.199"}) {
    EXPECT_EQ(CanonicalIp4(good), good);
  }
  for (const char* const bad :
       {"",         ".",         "1",         "1.2.3",     "1.2.3.",     ".1.2.3",   "1..2.3",
        "1.2.3.4.", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "1.2.3.1000", "01.2.3.4", "1.2.3.00",
        "1.2.3.4 ", " 1.2.3.4",  "1.2.3.-4",  "1.2.3.0x4", "::1",        "a.b.c.d"}) {
    EXPECT_EQ(CanonicalIp4(bad), std::nullopt) << bad;
  }
}

// The host's functions know the same addresses.
TEST(IpAddressTest, WhatIsCanonicalIsWhatBytesGive) {
  for (int number = 0; number < 300; ++number) {
    for (const std::string& text : {absl::StrCat("1.2.3.", number), absl::StrCat(number, ".0.0.1"),
                                    absl::StrCat("1.0", number, ".2.3")}) {
      const std::optional<std::string> bytes = Ip4Bytes(text);
      EXPECT_EQ(CanonicalIp4(text), bytes.has_value() ? Ip4Text(*bytes) : std::nullopt) << text;
    }
  }
}

TEST(IpAddressTest, AnIp6AddressIsWrittenInTheFormOfRfc5952) {
  EXPECT_EQ(CanonicalIp6("0:0::1"), "::1");
  EXPECT_EQ(CanonicalIp6("2001:DB8::1"), "2001:db8::1");
  EXPECT_EQ(CanonicalIp6("fe80::1%eth0"), std::nullopt);
  EXPECT_EQ(CanonicalIp6("1.2.3.4"), std::nullopt);
}

}  // namespace
}  // namespace rehearse::net
