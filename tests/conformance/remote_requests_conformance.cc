// What a node does about requests that make no sense, and about those that come too late for their
// actor.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/address.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/remote_router.h"
#include "rehearse/tests/conformance/remote_conformance.h"
#include "rehearse/tests/conformance/two_nodes.h"
#include "tests/scenario/counter.h"

namespace rehearse::net {
namespace {

// Says how the actor ended that it watches.
class NewsActor : public Actor {
 public:
  explicit NewsActor(Slot<ExitReason>& news) : news_(news) {}
  void Handle(const Down& down) { news_.Put(down.reason); }

 private:
  Slot<ExitReason>& news_;
};

}  // namespace

TEST_P(RemoteConformance, WhatIsNoEnvelopeClosesTheStream) {
  WhileServing([&] {
    const auto stream = DialAndGreet();
    EXPECT_TRUE(stream->Write(std::string(1000, '\xee')).ok());
    ExpectClosed(*stream);
    ExpectCounted(&RemoteCounters::refused_envelope, 1,
                  "closed: parse an envelope from 1000 bytes");
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

TEST_P(RemoteConformance, AnUnknownKindOfEnvelopeClosesTheStream) {
  WhileServing([&] {
    const auto stream = DialAndGreet();
    EXPECT_TRUE(stream->Write(Encoded({.kind = EnvelopeKind{9}, .target = "sum"})).ok());
    ExpectClosed(*stream);
    ExpectCounted(&RemoteCounters::refused_envelope, 1, "no kind has number 9");
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

TEST_P(RemoteConformance, WhatIsNoRequestClosesTheStream) {
  WhileServing([&] {
    uint64_t closed = 0;
    for (const EnvelopeKind kind : {EnvelopeKind::kHello, EnvelopeKind::kReply}) {
      const auto stream = DialAndGreet();
      EXPECT_TRUE(stream->Write(Encoded({.kind = kind, .request_id = 1})).ok());
      ExpectClosed(*stream);
      ExpectCounted(&RemoteCounters::refused_envelope, ++closed, "is no request");
    }
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

TEST_P(RemoteConformance, AnUnknownMessageTypeIsRefusedAndClosesTheStream) {
  constexpr MessageId kUnknown{0x1234, 0x5678};
  WhileServing([&] {
    const auto asker = DialAndGreet();
    const WireEnvelope refusal = Answer(*asker, AskOf("sum", kUnknown, "anything"));
    EXPECT_EQ(refusal.kind, EnvelopeKind::kError);
    EXPECT_EQ(refusal.request_id, 77u);
    EXPECT_EQ(refusal.status_code, absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(refusal.effect, static_cast<uint8_t>(Effect::kNone));
    ExpectClosed(*asker);
    ExpectCounted(&RemoteCounters::unknown_message, 1,
                  "closed: actor sum on node second takes no message");
    const auto teller = DialAndGreet();
    const uint64_t dead = second().dead_letters().count();
    EXPECT_TRUE(
        teller
            ->Write(Encoded({.kind = EnvelopeKind::kTell, .target = "sum", .message_id = kUnknown}))
            .ok());
    ExpectClosed(*teller);
    ExpectCounted(&RemoteCounters::unknown_message, 2, "takes no message");
    EXPECT_EQ(second().dead_letters().count(), dead + 1);
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

TEST_P(RemoteConformance, APayloadThatDoesNotDecodeIsRefusedAndClosesTheStream) {
  WhileServing([&] {
    const auto stream = DialAndGreet();
    const WireEnvelope refusal =
        Answer(*stream, AskOf("sum", counter::Inc::kMessageId, "\xff\xff\xff\xff\xff"));
    EXPECT_EQ(refusal.kind, EnvelopeKind::kError);
    EXPECT_EQ(refusal.status_code, absl::StatusCode::kDataLoss);
    ExpectClosed(*stream);
    ExpectCounted(&RemoteCounters::bad_message, 1, "closed: ");
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

TEST_P(RemoteConformance, ANameThatIsTooLongClosesTheStream) {
  const std::string too_long(kNameBytesMax + 1, 'n');
  WhileServing([&] {
    const auto teller = DialAndGreet();
    EXPECT_TRUE(teller->Write(Encoded({.kind = EnvelopeKind::kTell, .target = too_long})).ok());
    ExpectClosed(*teller);
    ExpectCounted(&RemoteCounters::refused_envelope, 1, "a name is too long, in bytes: 1025");
    const auto stranger = Dial();
    EXPECT_TRUE(stranger
                    ->Write(Encoded({.kind = EnvelopeKind::kHello,
                                     .node_name = too_long,
                                     .incarnation = 1,
                                     .protocol_version = kProtocolVersion}))
                    .ok());
    ExpectClosed(*stranger);
    ExpectCounted(&RemoteCounters::refused_hello, 1, "a name is too long, in bytes: 1025");
    const auto sum = first().Named<SumProtocol>(absl::StrCat(too_long, "@second"));
    ASSERT_TRUE(sum.ok()) << sum.status();
    EXPECT_EQ(sum->Tell(counter::Inc{.amount = 1}).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

// One that has many names would be held against each of them apart.
TEST_P(RemoteConformance, AnActorsNumberIsWrittenInOneWayAlone) {
  WhileServing([&] {
    const std::string address = AddressOf<SumProtocol>(sum_);
    const std::string number = address.substr(0, address.find('@'));
    std::string get;
    counter::Get().AppendTo(get);
    const auto stream = DialAndGreet();
    EXPECT_EQ(Answer(*stream, AskOf(number, counter::Get::kMessageId, get)).kind,
              EnvelopeKind::kReply);
    const std::string digits = number.substr(1);
    for (const std::string& other : {"#0" + digits, "# " + digits, "#+" + digits, number + " "}) {
      EXPECT_EQ(Answer(*stream, AskOf(other, counter::Get::kMessageId, get)).status_code,
                absl::StatusCode::kNotFound)
          << other;
    }
  });
}

// Only a tell of a session may come again, and it is answered.
TEST_P(RemoteConformance, WhatMayNotComeAgainClosesTheStream) {
  std::string inc;
  counter::Inc{.amount = 1}.AppendTo(inc);
  WhileServing([&] {
    uint64_t closed = 0;
    const auto expect_refused = [&](EnvelopeKind kind, uint64_t session, uint64_t request_id) {
      const auto stream = Dial();
      EXPECT_TRUE(stream->Write(HelloFrame(first(), Lane::kMessages, {.session = session})).ok());
      EXPECT_TRUE(stream->Read().ok());
      WireEnvelope envelope = AskOf("sum", counter::Inc::kMessageId, inc);
      envelope.kind = kind;
      envelope.request_id = request_id;
      envelope.sequence = 1;
      EXPECT_TRUE(stream->Write(Encoded(envelope)).ok());
      ExpectClosed(*stream);
      ExpectCounted(&RemoteCounters::refused_envelope, ++closed, "has sequence 1: only a tell");
    };
    expect_refused(EnvelopeKind::kAsk, 5, 77);
    expect_refused(EnvelopeKind::kTell, 0, 77);
    expect_refused(EnvelopeKind::kTell, 5, 0);
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

// A number is one ask's until it is answered.
TEST_P(RemoteConformance, AnAskThatIsInProgressAlreadyClosesTheStream) {
  std::string wait;
  counter::Inc{.amount = 1}.AppendTo(wait);
  WhileServing([&] {
    const auto stream = DialAndGreet();
    const std::string ask = Encoded(AskOf("slow", counter::Inc::kMessageId, wait));
    for (int i = 0; i < 1000 && stream->Write(ask).ok(); ++i) {  // some are answered in between
    }
    while (stream->Read().ok()) {
    }
    ExpectCounted(&RemoteCounters::refused_envelope, 1, "ask 77 is in progress");
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

// Whoever knows the name of an actor that is gone is no bad peer.
TEST_P(RemoteConformance, AnUnknownActorIsAnErrorAndTheStreamGoesOn) {
  WhileServing([&] {
    const auto stream = DialAndGreet();
    const WireEnvelope refusal = Answer(*stream, AskOf("nobody", counter::Get::kMessageId, ""));
    EXPECT_EQ(refusal.kind, EnvelopeKind::kError);
    EXPECT_EQ(refusal.status_code, absl::StatusCode::kNotFound);
    EXPECT_EQ(refusal.effect, static_cast<uint8_t>(Effect::kNone));
    EXPECT_TRUE(absl::StrContains(refusal.status_message, "no actor nobody on node second"));
    EXPECT_EQ(server_.counters().unknown_actor, 1u);
    std::string get;
    counter::Get().AppendTo(get);
    EXPECT_EQ(Answer(*stream, AskOf("sum", counter::Get::kMessageId, get)).kind,
              EnvelopeKind::kReply);
    EXPECT_TRUE(ServesAGoodPeer());
  });
}

TEST_P(RemoteConformance, TheEndOfAWatchedActorIsTold) {
  WhileServing([&] {
    Slot<ExitReason> news;
    const auto watcher = first().Spawn<NewsActor>(std::ref(news));
    const auto sum = *first().Named<SumProtocol>("sum@second");
    EXPECT_NE(Monitor(watcher, sum), 0u);
    EXPECT_TRUE(sum.Ask(counter::Inc{.amount = 1}).ok());
    sum_.Kill();
    EXPECT_EQ(news.Get().kind, ExitReason::Kind::kKilled);
    EXPECT_FALSE(sum.alive());
    EXPECT_TRUE(first().StopActors().ok());
  });
}

}  // namespace rehearse::net
