#include "rehearse/net/mdns/mdns_core.h"

#include <gtest/gtest.h>

#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

const MdnsOptions kOptions;
// The sum of 1, 2, 4 and 8 s, less a quarter at most, is over then, and 16 s, so much less, are
// not.
constexpr absl::Duration kBetweenQuestions = absl::Seconds(16);
const SocketAddress kOther = {"10.0.0.2", 5353};

LanPeer Peer(uint64_t number, absl::string_view address = "/ip4/10.0.0.1/tcp/4001") {
  return {MadePeerId(number), {*Multiaddr::Parse(address)}};
}

class MdnsCoreTest : public testing::Test {
 protected:
  // Whatever it sends until `length` from now, read.
  std::vector<DnsMessage> Pass(absl::Duration length) {
    const Instant end = now_ + length;
    std::vector<DnsMessage> sent;
    while (core_.next_tick() <= end) {
      now_ = core_.next_tick();
      core_.Tick(now_);
      for (const std::string& bytes : core_.TakeSends()) {
        sent.push_back(DnsMessage::Decode(bytes).value());
      }
    }
    now_ = end;
    return sent;
  }
  void Hear(const DnsMessage& message, const SocketAddress& from = kOther) {
    core_.OnDatagram({from, message.Encode().value()}, now_);
  }
  DnsMessage Asking(const DnsName& name, DnsType type) { return {.questions = {{name, type}}}; }
  size_t Present() { return core_.Present(now_).size(); }

  const LanPeer self_ = Peer(1);
  Instant now_ = Instant() + absl::Hours(1);
  MdnsCore core_{self_, {"10.0.0.1"}, kOptions, Random(7), now_};
};

TEST_F(MdnsCoreTest, AsksSoonThenEverSeldomer) {
  EXPECT_LE(core_.next_tick(), now_ + kOptions.delay_max);
  EXPECT_GE(core_.next_tick(), now_ + kOptions.delay_min);
  (void)Pass(absl::Minutes(2));
  const uint64_t soon = core_.counters().questions;
  EXPECT_GE(soon, 6u);  // 1 + 2 + 4 + 8 + 16 + 32 s
  EXPECT_LE(soon, 9u);
  (void)Pass(absl::Hours(1));
  EXPECT_GE(core_.counters().questions, soon + 60);
  EXPECT_LE(core_.counters().questions, soon + 80);
}

TEST_F(MdnsCoreTest, AnswersItsOwnQuestion) {
  const auto sent = Pass(absl::Milliseconds(250));
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0], PeersQuestion());
  EXPECT_EQ(sent[1], PeerAnswer(core_.label(), self_, kOptions.ttl));
}

TEST_F(MdnsCoreTest, AnswersOthersOnceASecondAtMost) {
  (void)Pass(absl::Seconds(30));
  const uint64_t before = core_.counters().answers;
  const uint64_t own = core_.counters().questions;
  for (int i = 0; i < 100; ++i) {
    Hear(PeersQuestion());
    (void)Pass(absl::Milliseconds(100));
  }
  const uint64_t answers = core_.counters().answers - before;
  EXPECT_GE(answers, 8u);
  EXPECT_LE(answers, 11u + core_.counters().questions - own);
}

TEST_F(MdnsCoreTest, AnAnswerWaitsForARandomLength) {
  (void)Pass(kBetweenQuestions);
  Hear(PeersQuestion());
  EXPECT_TRUE(Pass(kOptions.delay_min - absl::Nanoseconds(1)).empty());
  EXPECT_EQ(Pass(kOptions.delay_max - kOptions.delay_min + absl::Nanoseconds(1)).size(), 1u);
}

TEST_F(MdnsCoreTest, AnswersWhoAsksForItsOwnRecordsOrTheListOfServices) {
  (void)Pass(kBetweenQuestions);
  const DnsMessage self = PeerAnswer(core_.label(), self_, kOptions.ttl);
  const auto answer_to = [&](const DnsName& name, DnsType type) {
    Hear(Asking(name, type));
    return Pass(absl::Milliseconds(1100));
  };
  EXPECT_EQ(answer_to(PeerName(core_.label()), DnsType::kTxt), std::vector<DnsMessage>{self});
  EXPECT_EQ(answer_to(DnsName({"_P2P", "_UDP", "Local"}), DnsType::kAny),
            std::vector<DnsMessage>{self});
  EXPECT_EQ(answer_to(ServiceListName(), DnsType::kPtr),
            std::vector<DnsMessage>{ServiceAnswer(kOptions.ttl)});
  EXPECT_TRUE(answer_to(PeerName("another"), DnsType::kTxt).empty());
  EXPECT_TRUE(answer_to(PeerServiceName(), DnsType::kTxt).empty());
}

TEST_F(MdnsCoreTest, WhoHasNoAddressOnlyLooks) {
  MdnsCore looks({MadePeerId(1), {}}, {}, kOptions, Random(7), now_);
  looks.Tick(now_ + absl::Seconds(1));
  EXPECT_EQ(looks.TakeSends(), std::vector<std::string>{*PeersQuestion().Encode()});
  looks.OnDatagram({kOther, *PeersQuestion().Encode()}, now_ + absl::Seconds(1));
  looks.Tick(now_ + absl::Seconds(2));
  EXPECT_EQ(looks.counters().answers, 0u);
  looks.OnDatagram({kOther, *PeerAnswer("x", Peer(2), absl::Minutes(2)).Encode()}, now_);
  EXPECT_EQ(looks.TakeFound().size(), 1u);
  (void)looks.TakeSends();
  looks.Leave();
  EXPECT_TRUE(looks.TakeSends().empty());
}

TEST_F(MdnsCoreTest, FindsOthersAndNotItself) {
  Hear(PeerAnswer("other", Peer(2), absl::Minutes(2)));
  Hear(PeerAnswer("other", Peer(2), absl::Minutes(2)));
  Hear(PeerAnswer(core_.label(), self_, absl::Minutes(2)));
  EXPECT_EQ(core_.TakeFound(), std::vector<LanPeer>{Peer(2)});
  EXPECT_EQ(Present(), 1u);
  Hear(PeerGoodbye("other"));
  EXPECT_EQ(Present(), 0u);
}

TEST_F(MdnsCoreTest, OtherPortsAndQuestionsTellNothing) {
  const DnsMessage answer = PeerAnswer("other", Peer(2), absl::Minutes(2));
  Hear(answer, {"10.0.0.2", 5354});
  DnsMessage question = answer;
  question.is_response = false;
  Hear(question);
  EXPECT_EQ(Present(), 0u);
  EXPECT_EQ(core_.counters().junk, 1u);
  Hear(answer);
  EXPECT_EQ(Present(), 1u);
}

TEST_F(MdnsCoreTest, LoopbackIsBelievedOfThisHostAlone) {
  const DnsMessage answer = PeerAnswer("other", Peer(2, "/ip4/127.0.0.1/tcp/1"), absl::Minutes(2));
  Hear(answer);
  Hear(PeerAnswer("other", Peer(2, "/ip6/::1/tcp/1"), absl::Minutes(2)));
  EXPECT_EQ(Present(), 0u);
  Hear(answer, {"10.0.0.1", 5353});
  EXPECT_EQ(Present(), 1u);
}

TEST_F(MdnsCoreTest, AnywhereIsNowhere) {
  Hear(PeerAnswer("other", Peer(2, "/ip4/0.0.0.0/tcp/1"), absl::Minutes(2)), {"10.0.0.1", 5353});
  EXPECT_EQ(Present(), 0u);
}

TEST_F(MdnsCoreTest, WhoHasLeftSaysGoodbyeOnceAndNoMore) {
  core_.Leave();
  core_.Leave();
  const auto sends = core_.TakeSends();
  ASSERT_EQ(sends.size(), 1u);
  EXPECT_EQ(DnsMessage::Decode(sends[0]).value(), PeerGoodbye(core_.label()));
  Hear(PeersQuestion());
  EXPECT_TRUE(core_.next_tick().infinite());
  EXPECT_TRUE(Pass(absl::Hours(1)).empty());
}

TEST_F(MdnsCoreTest, LabelsAreAsTheSpecificationWantsAndDiffer) {
  const MdnsCore other(self_, {}, kOptions, Random(8), now_);
  EXPECT_NE(core_.label(), other.label());
  EXPECT_EQ(core_.label().size(), 32u);
  EXPECT_EQ(core_.label().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"),
            std::string::npos);
}

}  // namespace
}  // namespace rehearse::net
