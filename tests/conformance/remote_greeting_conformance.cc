// How nodes that meet find out who the other one is, and what they do about one that does not say
// it.

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/remote_router.h"
#include "rehearse/tests/conformance/remote_conformance.h"
#include "rehearse/tests/conformance/two_nodes.h"
#include "tests/scenario/counter.h"

namespace rehearse::net {

TEST_P(RemoteConformance, APeerWithoutAHelloIsClosed) {
  WhileServing([&] {
    const auto stream = Dial();
    EXPECT_TRUE(stream->Write("good day, I am no envelope").ok());
    ExpectClosed(*stream);
    ExpectCounted(&RemoteCounters::refused_hello, 1, "closed: parse an envelope");
    const auto another = Dial();
    EXPECT_TRUE(another->Write(Encoded({.kind = EnvelopeKind::kTell, .target = "sum"})).ok());
    ExpectClosed(*another);
    ExpectCounted(&RemoteCounters::refused_hello, 2, "closed: the first frame is not a hello");
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

TEST_P(RemoteConformance, APeerOfAnotherVersionIsClosed) {
  WhileServing([&] {
    const auto stream = Dial();
    EXPECT_TRUE(stream
                    ->Write(Encoded({.kind = EnvelopeKind::kHello,
                                     .node_name = "future",
                                     .incarnation = 1,
                                     .protocol_version = kProtocolVersion + 1}))
                    .ok());
    ExpectClosed(*stream);
    ExpectCounted(&RemoteCounters::refused_hello, 1, "closed: the peer speaks version 2");
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

// Either side may be the one that says nothing.
TEST_P(RemoteConformance, APeerThatSaysNoHelloIsClosedInTime) {
  const SessionOptions impatient{.hello_timeout = absl::Milliseconds(50)};
  Slot<std::string> address;
  world_->nodes().Run(
      [&] {
        const auto silent = *world_->network(0).Dial(address.Get(), Instant::Infinite());
        ExpectClosed(*silent);
      },
      [&] {
        RemoteRouter router(second(), world_->network(1), peers_, impatient);
        const auto listener = *world_->network(1).Listen(world_->free_address(1));
        Beside serving([&] { router.Serve(*listener); });
        address.Put(listener->address());
        for (int i = 0; i < 5000 && router.counters().late_hello == 0; ++i) {
          Pass(absl::Milliseconds(1));
        }
        EXPECT_EQ(router.counters().late_hello, 1u);
        listener->Close();
        serving.Join();
        router.Close();
        AwaitAlone(second());
        EXPECT_TRUE(Logged("closed: no hello within 50ms"));
      });
}

TEST_P(RemoteConformance, ANodeThatIsDialledAndSaysNoHelloIsGivenUpInTime) {
  const SessionOptions impatient{.hello_timeout = absl::Milliseconds(50)};
  Slot<std::string> address;
  world_->nodes().Run(
      [&] {
        ExpectUnanswered(address.Get(), impatient, Effect::kNone, &RemoteCounters::late_hello,
                         "no hello within 50ms");
      },
      [&] {
        const auto listener = *world_->network(1).Listen(world_->free_address(1));
        address.Put(listener->address());
        const auto stream = *listener->Accept();
        EXPECT_TRUE(stream->Read().ok());  // its hello
        EXPECT_FALSE(stream->Read().ok());
      });
}

// "first" is known with its key, "friend" with another's, and "ally" not at all.
TEST_P(RemoteConformance, ARestrictedNameIsForWhoHasItsKey) {
  const std::string address = OwnAddress(0);
  const bool is_proven = absl::StrContains(address, "/p2p/") || absl::StrContains(address, "/sim/");
  peers_.Add("first", address);
  peers_.Add("friend", OwnAddress(1));
  server_.permissions().Restrict<counter::Inc>({"first", "friend", "ally"});
  std::string inc;
  counter::Inc{.amount = 1}.AppendTo(inc);
  std::string get;
  counter::Get().AppendTo(get);
  WhileServing([&] {
    const auto sent_by = [&](absl::string_view name, MessageId message, absl::string_view payload) {
      const auto stream = DialAndGreetAs(name);
      return Answer(*stream, AskOf("sum", message, payload)).status_code;
    };
    EXPECT_EQ(sent_by("first", counter::Inc::kMessageId, inc), absl::StatusCode::kOk);
    EXPECT_EQ(sent_by("ally", counter::Inc::kMessageId, inc),
              is_proven ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kOk);
    EXPECT_EQ(sent_by("ally", counter::Get::kMessageId, get), absl::StatusCode::kOk);
    if (is_proven) {
      const auto stream = Dial();
      EXPECT_TRUE(stream->Write(HelloAs("friend")).ok());
      ExpectClosed(*stream);
      ExpectCounted(&RemoteCounters::refused_hello, 1, "is node friend, whose address is another");
    } else {
      EXPECT_EQ(sent_by("friend", counter::Inc::kMessageId, inc), absl::StatusCode::kOk);
    }
  });
}

// The other way round: the node that was dialled is the bad one.
TEST_P(RemoteConformance, ANodeThatAnswersNonsenseIsClosedAndTheAskFails) {
  for (const std::string& nonsense :
       {std::string("nonsense"), Encoded({.kind = EnvelopeKind::kTell, .request_id = 1})}) {
    Slot<std::string> address;
    world_->nodes().Run(
        [&] {
          ExpectUnanswered(address.Get(), {}, Effect::kMaybe, &RemoteCounters::refused_answer,
                           "stream to liar closed: ");
        },
        [&] {
          const auto listener = *world_->network(1).Listen(world_->free_address(1));
          address.Put(listener->address());
          const auto stream = *listener->Accept();
          EXPECT_TRUE(stream->Read().ok());  // its hello
          EXPECT_TRUE(stream
                          ->Write(Encoded({.kind = EnvelopeKind::kHello,
                                           .node_name = "liar",
                                           .incarnation = 1,
                                           .protocol_version = kProtocolVersion}))
                          .ok());
          EXPECT_TRUE(stream->Read().ok());  // its ask
          EXPECT_TRUE(stream->Write(nonsense).ok());
          EXPECT_FALSE(stream->Read().ok());
        });
  }
}

}  // namespace rehearse::net
