#include "rehearse/net/tcp/tcp_address.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace rehearse::net {
namespace {

TEST(TcpAddressTest, IsAnIpAndAPort) {
  EXPECT_EQ(*ParseTcpAddress("/ip4/10.0.0.1/tcp/8020"), (SocketAddress{"10.0.0.1", 8020}));
  EXPECT_EQ(*ParseTcpAddress("/ip6/0::1/tcp/0"), (SocketAddress{"::1", 0}));
}

TEST(TcpAddressTest, IsWrittenAsItIsRead) {
  for (const absl::string_view text : {"/ip4/10.0.0.1/tcp/8020", "/ip6/::1/tcp/65535"}) {
    EXPECT_EQ(TcpAddressText(*ParseTcpAddress(text)), text);
  }
}

TEST(TcpAddressTest, RefusesWhatIsForAnotherTransport) {
  for (const absl::string_view text :
       {"/ip4/10.0.0.1", "/tcp/80", "/ip4/10.0.0.1/udp/80", "/tcp/80/ip4/10.0.0.1",
        "/ip4/10.0.0.1/udp/80/quic-v1", "/ip4/10.0.0.1/tcp/80/quic-v1"}) {
    const absl::Status status = ParseTcpAddress(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_TRUE(absl::StrContains(status.message(), "/ip4/127.0.0.1/tcp/8020")) << status;
  }
}

TEST(TcpAddressTest, RefusesNamesInWords) {
  for (const absl::string_view text :
       {"/dns/example.org/tcp/1", "/dns4/example.org/tcp/1", "/dnsaddr/example.org"}) {
    const absl::Status status = ParseTcpAddress(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_TRUE(absl::StrContains(status.message(), "names are not resolved, give the IP address"))
        << status;
  }
}

}  // namespace
}  // namespace rehearse::net
