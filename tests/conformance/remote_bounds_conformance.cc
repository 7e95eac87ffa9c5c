// What a node keeps for peers that ask for more than they take, over any Network.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/remote_router.h"
#include "rehearse/tests/conformance/remote_conformance.h"
#include "rehearse/tests/conformance/siege.h"
#include "rehearse/tests/conformance/two_nodes.h"
#include "tests/scenario/counter.h"

namespace rehearse::net {

// What is kept for names that nobody has is bounded, however many there are.
TEST_P(RemoteConformance, AFloodOfLongNamesTakesABoundedRoom) {
  constexpr int kNames = 20000;
  const std::string tail(kNameBytesMax - 10, 'n');
  WhileServing([&] {
    const auto stream = DialAndGreet();
    Beside reading([&] {
      while (stream->Read().ok()) {
      }
    });
    const auto flood = [&](int from, int to) {
      for (int i = from; i < to; ++i) {
        const std::string name = absl::StrCat(i, tail);
        ASSERT_TRUE(stream->Write(Encoded({.kind = EnvelopeKind::kTell, .target = name})).ok());
      }
      while (server_.counters().unknown_actor < static_cast<uint64_t>(to)) {
        Pass(absl::Milliseconds(1));
      }
    };
    flood(0, kNames / 10);
    const MemoryBound memory;
    flood(kNames / 10, kNames);
    memory.ExpectKept(kNames);
    EXPECT_TRUE(ServesAGoodPeer());
    stream->Close();
    reading.Join();
  });
}

TEST_P(RemoteConformance, UnderSiegeAGoodPeerIsServedAndMemoryStaysBounded) {
  const std::string unknown = Encoded(AskOf("sum", {1, 2}, "anything"));
  const std::vector<std::string> requests = {
      unknown, Encoded(AskOf("sum", counter::Inc::kMessageId, "\xff\xff\xff\xff\xff")),
      Encoded({.kind = EnvelopeKind{9}, .target = "sum"}), std::string(1000, '\xee')};
  constexpr int kBesiegers = 10;
  const int rounds = BadPeers(20000) / kBesiegers / static_cast<int>(requests.size());
  const auto siege = [&](int times) {
    std::vector<std::unique_ptr<Beside>> besiegers;
    for (int i = 0; i < kBesiegers; ++i) {
      besiegers.push_back(std::make_unique<Beside>([&, times] {
        for (int round = 0; round < times; ++round) {
          for (const std::string& request : requests) SpeakOnce(request);
        }
      }));
    }
    for (const auto& besieger : besiegers) besieger->Join();
  };
  WhileServing([&] {
    siege(1);
    const MemoryBound memory;
    siege(rounds);
    EXPECT_TRUE(ServesAGoodPeer());
    memory.ExpectKept(rounds * kBesiegers * static_cast<int>(requests.size()));
    ExpectCounted(&RemoteCounters::unknown_message,
                  static_cast<uint64_t>((rounds + 1) * kBesiegers), "closed: ");
  });
}

// One asks for much, one for little, so that either bound is met.
TEST_P(RemoteConformance, PeersThatReadNoAnswersAreHeldUpAndWhatTheyPileUpIsBounded) {
  const std::string long_name(1000, 'n');
  WhileServing([&] {
    {
      const auto greedy = DialAndGreet();
      AskInVain(*greedy, AskOf(long_name, counter::Get::kMessageId, ""), 1);
      const RemoteCounters& counters = server_.counters();
      EXPECT_GT(counters.held_bytes, 0u);
      EXPECT_LE(counters.held_bytes, Outbox::kBytesMax + long_name.size() + 1000);
      const auto busy = DialAndGreet();
      std::string get;
      counter::Get().AppendTo(get);
      AskInVain(*busy, AskOf("sum", counter::Get::kMessageId, get), 2);
      EXPECT_LE(counters.held_answers, 2 * Outbox::kOwedMax);
      EXPECT_TRUE(ServesAGoodPeer());
    }
    for (int i = 0; i < 20000 && server_.counters().held_answers > 0; ++i) {
      Pass(absl::Milliseconds(1));
    }
    EXPECT_EQ(server_.counters().held_answers, 0u);
    EXPECT_EQ(server_.counters().held_bytes, 0u);
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

TEST_P(RemoteConformance, AnAnswerThatIsTooLargeForAFrameIsAnErrorAndTheStreamGoesOn) {
  constexpr int64_t kMax = kFrameBytesMax;
  WhileServing([&] {
    const auto talker = *first().Named<TalkerProtocol>("talker@second");
    const auto fits = talker.Ask(counter::Inc{.amount = kMax - 1000});
    ASSERT_TRUE(fits.ok()) << fits.status();
    EXPECT_EQ(fits->size(), kFrameBytesMax - 1000);
    const auto too_large = talker.Ask(counter::Inc{.amount = kMax});
    EXPECT_EQ(too_large.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(EffectOf(too_large.status()), Effect::kMaybe);
    EXPECT_TRUE(absl::StrContains(too_large.status().message(), "the limit is 1048576"))
        << too_large.status();
    EXPECT_TRUE(talker.Ask(counter::Inc{.amount = 1}).ok());
    EXPECT_EQ(server_.counters().streams, 1u);
  });
}

TEST_P(RemoteConformance, ASlowActorSlowsItsSenderDownAndGetsAll) {
  constexpr int64_t kTells = 2000;
  WhileServing([&] {
    const auto slow = *first().Named<SumProtocol>("slow@second");
    for (int64_t i = 0; i < kTells; ++i) {
      ASSERT_TRUE(slow.Tell(counter::Inc{.amount = 1}).ok());
    }
    EXPECT_TRUE(slow.TellAcknowledged(counter::Inc{.amount = 1}).ok());
    EXPECT_EQ(slow.Ask(counter::Get()).value_or(0), kTells + 1);
    EXPECT_GT(server_.counters().held_messages, 0u);
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

// A request that is refused at once waits for nothing; a loop of them must not have the worker for
// itself.
TEST_P(RemoteConformance, ALoopOfRefusedAsksLetsTheOthersGoOn) {
  peers_.Add("gone", world_->refusing_address());
  first().set_router(&client_);
  world_->nodes().Run(
      [&] {
        for (const char* const name : {"sum@gone", "sum@unheard-of"}) {
          const auto sum = *first().Named<SumProtocol>(name);
          EXPECT_FALSE(sum.Ask(counter::Get()).ok());  // it may have waited for a dial
          std::atomic<bool> other_ran{false};
          Beside other([&] { other_ran = true; });
          for (int i = 0; i < 100000 && !other_ran; ++i) {
            EXPECT_FALSE(sum.Ask(counter::Get()).ok());
          }
          EXPECT_TRUE(other_ran);
          other.Join();
        }
        client_.Close();
        AwaitAlone(first());
      },
      [] {});
}

}  // namespace rehearse::net
