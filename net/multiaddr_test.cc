#include "rehearse/net/multiaddr.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

std::string Canonical(absl::string_view text) {
  const absl::StatusOr<Multiaddr> address = Multiaddr::Parse(text);
  return address.ok() ? address->ToString() : std::string(address.status().message());
}

void ExpectRefused(absl::string_view text, absl::string_view words) {
  const absl::StatusOr<Multiaddr> address = Multiaddr::Parse(text);
  ASSERT_FALSE(address.ok()) << text;
  EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(address.status().message(), words)) << address.status();
  EXPECT_TRUE(absl::StrContains(address.status().message(), "/ip4/127.0.0.1/tcp/8020"));
}

TEST(MultiaddrTest, IsTakenApart) {
  const absl::StatusOr<Multiaddr> address = Multiaddr::Parse("/ip4/127.0.0.1/tcp/8020");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->parts, (std::vector<MultiaddrPart>{{"ip4", "127.0.0.1"}, {"tcp", "8020"}}));
}

TEST(MultiaddrTest, MayHavePartsWithoutAValue) {
  const absl::StatusOr<Multiaddr> address = Multiaddr::Parse("/ip4/0.0.0.0/udp/8020/quic-v1");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->parts.back(), (MultiaddrPart{"quic-v1", ""}));
  EXPECT_EQ(address->ToString(), "/ip4/0.0.0.0/udp/8020/quic-v1");
}

TEST(MultiaddrTest, HasOneTextForOneAddress) {
  EXPECT_EQ(Canonical("/ip6/0:0:0:0:0:0:0:1/tcp/0"), "/ip6/::1/tcp/0");
  EXPECT_EQ(Canonical("/ip6/2001:DB8:0:0:1:0:0:1/tcp/00080"), "/ip6/2001:db8::1:0:0:1/tcp/80");
  EXPECT_EQ(Canonical("/ip6/::ffff:10.0.0.1/tcp/1"), "/ip6/::ffff:10.0.0.1/tcp/1");
}

TEST(MultiaddrTest, TakesTheLastPortAndRefusesTheNext) {
  EXPECT_EQ(Canonical("/ip4/10.0.0.1/tcp/65535"), "/ip4/10.0.0.1/tcp/65535");
  ExpectRefused("/ip4/10.0.0.1/tcp/65536", "after tcp comes a port, 0 to 65535, not \"65536\"");
}

TEST(MultiaddrTest, RefusesWhatIsNoPort) {
  for (const absl::string_view port : {"", "-1", "+1", " 1", "1 ", "0x10", "8o", "100000", "1e3"}) {
    ExpectRefused(absl::StrCat("/ip4/10.0.0.1/tcp/", port), "after tcp comes a port");
  }
}

TEST(MultiaddrTest, RefusesWhatIsNoIp4Address) {
  for (const absl::string_view ip :
       {"", "localhost", "10.0.0", "10.0.0.256", "10.0.0.1.1", "010.0.0.1", "::1", "10.0.0.1 "}) {
    ExpectRefused(absl::StrCat("/ip4/", ip, "/tcp/1"), "after ip4 comes an IPv4 address");
  }
}

TEST(MultiaddrTest, RefusesWhatIsNoIp6Address) {
  for (const absl::string_view ip : {"", "1::2::3", "12345::", ":::", "fe80::1%eth0", "[::1]",
                                     "1:2:3:4:5:6:7:8:9", "10.0.0.1"}) {
    ExpectRefused(absl::StrCat("/ip6/", ip, "/tcp/1"), "after ip6 comes an IPv6 address");
  }
}

// inet_pton would stop at the first.
TEST(MultiaddrTest, RefusesAZeroByte) {
  ExpectRefused(absl::string_view("/ip4/10.0.0.1\0/tcp/1", 20), "after ip4 comes");
  ExpectRefused(absl::string_view("/ip4/10.0.0.1/tcp/1\0", 20), "after tcp comes");
}

TEST(MultiaddrTest, RefusesAnEndBeforeTheValue) {
  ExpectRefused("/ip4/10.0.0.1/tcp", "after tcp comes a port");
  ExpectRefused("/ip4", "after ip4 comes an IPv4 address such as 127.0.0.1");
}

TEST(MultiaddrTest, TakesNamesOfHosts) {
  EXPECT_EQ(Canonical("/dns4/example.org/tcp/1"), "/dns4/example.org/tcp/1");
  ExpectRefused("/dns4//tcp/1", "after dns4 comes a host's name, not \"\"");
  ExpectRefused("/dns4/a b/tcp/1", "after dns4 comes a host's name");
  ExpectRefused(absl::StrCat("/dns/", std::string(256, 'x')), "after dns comes a host's name");
}

TEST(MultiaddrTest, RefusesTooManyParts) {
  std::string most;
  for (size_t i = 0; i < Multiaddr::kPartsMax; ++i) most += "/quic-v1";
  EXPECT_EQ(Canonical(most), most);
  ExpectRefused(most + "/quic-v1", "too many parts");
}

TEST(MultiaddrTest, RefusesUnknownProtocolsAndNamesTheKnown) {
  ExpectRefused("/ip4/10.0.0.1/sctp/1", "no protocol \"sctp\" is known (ip4, ip6, tcp, udp");
  ExpectRefused("/IP4/10.0.0.1/tcp/1", "no protocol \"IP4\" is known");
}

TEST(MultiaddrTest, RefusesEmptyParts) {
  ExpectRefused("", "does not begin with /");
  ExpectRefused("10.0.0.1:80", "does not begin with /");
  ExpectRefused("/", "no protocol \"\" is known");
  ExpectRefused("//ip4/10.0.0.1", "no protocol \"\" is known");
  ExpectRefused("/ip4/10.0.0.1/tcp/1/", "no protocol \"\" is known");
}

TEST(MultiaddrTest, ErrorsQuoteLittleOfALongText) {
  const absl::Status status = Multiaddr::Parse("/" + std::string(1 << 20, '\1')).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "it is too long")) << status;
  EXPECT_LT(status.message().size(), 400);
}

}  // namespace
}  // namespace rehearse::net
