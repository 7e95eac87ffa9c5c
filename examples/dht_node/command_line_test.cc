#include "examples/dht_node/command_line.h"

#include <gtest/gtest.h>

#include "rehearse/net/multiaddr.h"

namespace examples::dht_node {
namespace {

using Command = CommandLine::Command;
using Args = std::vector<std::string>;

constexpr char kId[] = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";

TEST(CommandLineTest, ServesUnlessToldOtherwise) {
  const auto line = ParseCommandLine({"--listen=/ip4/127.0.0.1/tcp/0"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->command, Command::kServe);
  EXPECT_EQ(line->network, "rehearse");
  EXPECT_FALSE(line->mdns);
  EXPECT_TRUE(ParseCommandLine({"--mdns", "peers"})->mdns);
}

TEST(CommandLineTest, TakesFlagsThenACommandAndItsWords) {
  const auto line = ParseCommandLine({"--network=ipfs", "--key=k",
                                      std::string("--join=/ip4/10.0.0.1/tcp/4001/p2p/") + kId,
                                      "put", "color", "light blue"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->network, "ipfs");
  EXPECT_EQ(line->key_file, "k");
  EXPECT_EQ(line->command, Command::kPut);
  EXPECT_EQ(line->words, (Args{"color", "light blue"}));
  ASSERT_EQ(line->join.size(), 1u);
  EXPECT_EQ(line->join[0].id.ToString(), kId);
  const auto address = rehearse::net::Multiaddr::FromBytes(line->join[0].addresses[0]);
  EXPECT_EQ(address->ToString(), "/ip4/10.0.0.1/tcp/4001");
}

TEST(CommandLineTest, SaysWhatIsWrong) {
  const auto refused = [](const Args& args) {
    return std::string(ParseCommandLine(args).status().message());
  };
  EXPECT_NE(refused({"--join=/ip4/10.0.0.1/tcp/1", "peers"}).find("/p2p/"), std::string::npos);
  EXPECT_NE(refused({"--join=there", "peers"}).find("there"), std::string::npos);
  EXPECT_NE(refused({"--listen=/ip4/0.0.0.0/tcp/4001"}).find("others reach"), std::string::npos);
  EXPECT_NE(refused({"--verbose", "peers"}).find("--verbose"), std::string::npos);
  EXPECT_NE(refused({"steal"}).find("steal"), std::string::npos);
  EXPECT_NE(refused({"put", "color"}).find("2 words, not 1"), std::string::npos);
  EXPECT_NE(refused({"peers", "all"}).find("0 words, not 1"), std::string::npos);
  EXPECT_NE(refused({"serve"}).find("--listen="), std::string::npos);
  EXPECT_NE(refused({"provide", "x"}).find("--listen="), std::string::npos);
}

}  // namespace
}  // namespace examples::dht_node
