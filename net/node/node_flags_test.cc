#include "rehearse/net/node/node_flags.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace rehearse::net {
namespace {

absl::StatusOr<NodeFlags> Parse(std::vector<const char*> args) {
  args.insert(args.begin(), "node");
  return ParseNodeFlags(static_cast<int>(args.size()), args.data());
}

TEST(NodeFlagsTest, ReadsEachFlagAndLeavesTheRestToTheProgram) {
  const auto flags =
      Parse({"--name=a", "--listen=/ip4/127.0.0.1/tcp/0", "--peer=b=/ip4/127.0.0.1/tcp/2",
             "--workers=2", "--state_dir=/x", "--", "server", "--deep=1"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->name, "a");
  EXPECT_EQ(flags->listen, "/ip4/127.0.0.1/tcp/0");
  ASSERT_EQ(flags->peers.size(), 1u);
  EXPECT_EQ(flags->peers[0].second, "/ip4/127.0.0.1/tcp/2");
  EXPECT_EQ(flags->workers, 2);
  EXPECT_EQ(flags->args, (std::vector<std::string>{"server", "--deep=1"}));
}

TEST(NodeFlagsTest, NamesOfAHashTableWantKeysAndNoOtherNames) {
  constexpr char kJoin[] =
      "--bootstrap=/ip4/127.0.0.1/tcp/1/p2p/12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";
  const auto flags = Parse({"--names=kademlia", "--security=libp2p", kJoin});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->names, NodeFlags::Names::kKademlia);
  EXPECT_EQ(flags->bootstrap.size(), 1u);
  EXPECT_TRUE(Parse({"--names=kademlia", "--listen=/ip4/127.0.0.1/udp/0/quic-v1"}).ok());
  EXPECT_FALSE(Parse({"--names=kademlia"}).ok());
  EXPECT_FALSE(Parse({"--names=dns", "--security=libp2p"}).ok());
  EXPECT_FALSE(Parse({"--names=kademlia", "--security=libp2p", "--name=a"}).ok());
  EXPECT_FALSE(Parse({"--names=kademlia", "--security=libp2p", "--where=x=a"}).ok());
  EXPECT_FALSE(Parse({"--security=libp2p", kJoin}).ok());
  EXPECT_FALSE(
      Parse({"--names=kademlia", "--security=libp2p", "--bootstrap=/ip4/127.0.0.1/tcp/1"}).ok());
}

TEST(NodeFlagsTest, RefusesWhatItDoesNotKnowAndNamesIt) {
  for (const char* const bad : {"--nmae=a",
                                "server",
                                "--name=",
                                "--name=a@b",
                                "--peer=b",
                                "--workers=0",
                                "--workers=65",
                                "--workers=two",
                                "--pin=",
                                "--pin=all",
                                "--pin=0,0",
                                "--pin=3-1",
                                "--pin=1024",
                                "--listen=junk",
                                "--where=counter",
                                "--where=counter=",
                                "--listen=/ip4/127.0.0.1/tcp/99999",
                                "--peer=b=",
                                "--peer=b=junk",
                                "--listen=/ip4/127.0.0.1/udp/1",
                                "--listen=/ip4/127.0.0.1/udp/1/quic",
                                "--listen=/dns4/localhost/udp/1/quic-v1",
                                "--peer=b=/ip4/127.0.0.1/udp/1/quic-v1/p2p/12D3KooW",
                                "--metrics=",
                                "--metrics=http",
                                "--metrics=65536",
                                "--metrics=:9464",
                                "--metrics=localhost:9464",
                                "--metrics=127.0.0.1:",
                                "--metrics=::1:9464",
                                "--metrics=127.0.0.1:-1",
                                "--trace=",
                                "--security=",
                                "--security=ssl",
                                "--identity=",
                                "--identity=key",
                                "--peer=b=/ip4/127.0.0.1/tcp/2/p2p/12D3KooW",
                                "--peer=b=/ip4/127.0.0.1/tcp/2/p2p/"
                                "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp",
                                "--inspect="}) {
    const auto flags = Parse({bad});
    EXPECT_EQ(flags.status().code(), absl::StatusCode::kInvalidArgument) << bad;
    const std::string flag = std::string(bad).substr(0, std::string(bad).find('='));
    EXPECT_TRUE(absl::StrContains(flags.status().message(), flag)) << flags.status();
  }
}

TEST(NodeFlagsTest, AnAddressOfQuicIsEnoughToProveOneself) {
  const auto listens = Parse({"--listen=/ip4/127.0.0.1/udp/0/quic-v1", "--identity=key"});
  ASSERT_TRUE(listens.ok()) << listens.status();
  EXPECT_TRUE(listens->uses_quic());
  EXPECT_TRUE(listens->proves_itself());
  const auto dials =
      Parse({"--peer=b=/ip4/127.0.0.1/udp/2/quic-v1/p2p/"
             "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"});
  ASSERT_TRUE(dials.ok()) << dials.status();
  EXPECT_TRUE(dials->proves_itself());
  const auto plain = Parse({"--listen=/ip4/127.0.0.1/tcp/0", "--peer=b=/ip4/127.0.0.1/tcp/2"});
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_FALSE(plain->proves_itself());
}

TEST(NodeFlagsTest, NothingIsObservedUnlessAFlagSaysSo) {
  const auto flags = Parse({});
  EXPECT_EQ(flags->metrics, "");
  EXPECT_EQ(flags->trace, "");
  EXPECT_EQ(flags->inspect, "");
}

TEST(NodeFlagsTest, MembersOfAClusterHaveToReachEachOther) {
  const auto flags = Parse({"--names=gossip", "--listen=/ip4/10.0.0.1/tcp/1",
                            "--bootstrap=/ip4/10.0.0.2/tcp/1,/ip4/10.0.0.3/tcp/1",
                            "--bootstrap=/ip4/10.0.0.4/tcp/1"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->names, NodeFlags::Names::kGossip);
  EXPECT_EQ(flags->bootstrap.size(), 3u);
  EXPECT_EQ(Parse({})->names, NodeFlags::Names::kFixed);
  EXPECT_FALSE(Parse({"--names=gossip"}).ok());
  EXPECT_FALSE(Parse({"--names=dns"}).ok());
  EXPECT_FALSE(Parse({"--bootstrap=/ip4/10.0.0.2/tcp/1"}).ok());
  EXPECT_FALSE(Parse({"--names=gossip", "--listen=/ip4/10.0.0.1/tcp/1", "--bootstrap=junk"}).ok());
  const auto anywhere = Parse({"--names=gossip", "--listen=/ip4/0.0.0.0/tcp/1"});
  EXPECT_TRUE(absl::StrContains(anywhere.status().message(), "--advertise")) << anywhere.status();
  EXPECT_TRUE(
      Parse({"--names=gossip", "--listen=/ip4/0.0.0.0/tcp/1", "--advertise=/ip4/10.0.0.1/tcp/1"})
          .ok());
}

TEST(NodeFlagsTest, OthersAreLookedForWhereTheyCanProveThemselvesAndAreJoined) {
  constexpr char kListen[] = "--listen=/ip4/10.0.0.1/tcp/1";
  constexpr char kSecure[] = "--security=libp2p";
  EXPECT_EQ(Parse({})->mdns, NodeFlags::Mdns::kNone);
  EXPECT_EQ(Parse({"--mdns=none"})->mdns, NodeFlags::Mdns::kNone);
  for (const char* const names : {"--names=gossip", "--names=kademlia"}) {
    const auto flags = Parse({names, kListen, kSecure, "--mdns=lan"});
    ASSERT_TRUE(flags.ok()) << flags.status();
    EXPECT_EQ(flags->mdns, NodeFlags::Mdns::kLan);
    EXPECT_TRUE(Parse({names, "--listen=/ip4/10.0.0.1/udp/1/quic-v1", "--mdns=lan"}).ok());
  }
  EXPECT_TRUE(Parse({"--names=kademlia", kSecure, "--mdns=lan"}).ok());
  const auto refusal = [](const std::vector<const char*>& args) {
    return std::string(Parse(args).status().message());
  };
  EXPECT_TRUE(absl::StrContains(refusal({kListen, kSecure, "--mdns=lan"}), "--names="));
  EXPECT_TRUE(absl::StrContains(refusal({"--names=gossip", kListen, "--mdns=lan"}), "--security="));
  EXPECT_TRUE(absl::StrContains(refusal({"--mdns=wan"}), "--mdns=wan"));
  constexpr char kLoopback[] = "--listen=/ip4/127.0.0.1/tcp/1";
  EXPECT_TRUE(absl::StrContains(refusal({"--names=gossip", kLoopback, kSecure, "--mdns=lan"}),
                                "--mdns=loopback"));
  EXPECT_TRUE(Parse({"--names=gossip", kLoopback, kSecure, "--mdns=loopback"}).ok());
}

TEST(NodeFlagsTest, WorkersGoWhereTheyLikeUnlessAFlagSaysOtherwise) {
  EXPECT_EQ(Parse({})->pin, "none");
  EXPECT_EQ(Parse({"--pin=auto"})->pin, "auto");
  EXPECT_EQ(Parse({"--pin=0,2,4-7"})->pin, "0,2,4-7");
}

TEST(NodeFlagsTest, MetricsAreServedOnLoopbackUnlessSaid) {
  EXPECT_EQ(Parse({"--metrics=9464"})->metrics, "127.0.0.1:9464");
  EXPECT_EQ(Parse({"--metrics=0"})->metrics, "127.0.0.1:0");
  EXPECT_EQ(Parse({"--metrics=0.0.0.0:9464"})->metrics, "0.0.0.0:9464");
  EXPECT_EQ(Parse({"--metrics=[::1]:9464"})->metrics, "[::1]:9464");
}

TEST(NodeFlagsTest, RefusesWhatIsSaidTwice) {
  const auto twice = Parse({"--name=a", "--name=b"});
  EXPECT_TRUE(absl::StrContains(twice.status().message(), "--name was given before"));
  const auto peer = Parse({"--peer=b=/ip4/127.0.0.1/tcp/1", "--peer=b=/ip4/127.0.0.1/tcp/2"});
  EXPECT_TRUE(absl::StrContains(peer.status().message(), "has an address already"));
  const auto where = Parse({"--where=counter=a", "--where=counter=b"});
  EXPECT_TRUE(absl::StrContains(where.status().message(), "is on a already"));
  EXPECT_TRUE(Parse({"--peer=b=/ip4/127.0.0.1/tcp/1", "--peer=c=/ip4/127.0.0.1/tcp/1"}).ok());
}

TEST(NodeFlagsTest, ListsThePeersThatAreAllowedWhereTheyProveWhoTheyAre) {
  const std::string one = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
  const std::string two = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";
  const auto flags = Parse(
      {"--security=libp2p", ("--allow=" + one + "," + two).c_str(), ("--allow=" + two).c_str()});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->allow, (std::set<PeerId>{*PeerId::Parse(one), *PeerId::Parse(two)}));
  EXPECT_TRUE(Parse({"--listen=/ip4/127.0.0.1/udp/0/quic-v1", ("--allow=" + one).c_str()}).ok());
  EXPECT_FALSE(Parse({})->allow.has_value());
  for (const char* const bad : {"--allow=", "--allow=bob", "--allow=12D3KooW,"}) {
    EXPECT_FALSE(Parse({"--security=libp2p", bad}).ok()) << bad;
  }
  // Over plain TCP nobody proves anything.
  EXPECT_FALSE(Parse({"--listen=/ip4/127.0.0.1/tcp/0", ("--allow=" + one).c_str()}).ok());
}

}  // namespace
}  // namespace rehearse::net
