// What a node with actors for others does about peers that speak frames, but no sense; over any
// Network.
//
//   INSTANTIATE_TEST_SUITE_P(Tcp, RemoteConformance, testing::Values(NetworkArm{…}),
//                            NetworkArmName());

#ifndef REHEARSE_TESTS_CONFORMANCE_REMOTE_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_REMOTE_CONFORMANCE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/address.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/remote_router.h"
#include "rehearse/tests/conformance/network_conformance.h"
#include "rehearse/tests/conformance/siege.h"
#include "rehearse/tests/conformance/two_nodes.h"
#include "tests/scenario/counter.h"

namespace rehearse::net {

class SumActor : public Actor {
 public:
  int64_t Handle(const counter::Inc& inc) { return count_ += inc.amount; }
  int64_t Handle(const counter::Get&) { return count_; }

 private:
  int64_t count_ = 0;
};

// Answers with as many bytes as it is told.
class TalkerActor : public Actor {
 public:
  std::string Handle(const counter::Inc& inc) {
    return std::string(static_cast<size_t>(inc.amount), 't');
  }
};

// Takes its time, with little room for what comes meanwhile.
class SlowActor : public SumActor {
 public:
  int64_t Handle(const counter::Inc& inc) {
    (void)Sleep(absl::Microseconds(100));
    return SumActor::Handle(inc);
  }
  int64_t Handle(const counter::Get& get) { return SumActor::Handle(get); }
};

// Says how the actor ended that it watches.
class NewsActor : public Actor {
 public:
  explicit NewsActor(Slot<ExitReason>& news) : news_(news) {}
  void Handle(const Down& down) { news_.Put(down.reason); }

 private:
  Slot<ExitReason>& news_;
};

using TalkerProtocol = Protocol<std::string(counter::Inc)>;
using SumProtocol = Protocol<int64_t(counter::Inc), int64_t(counter::Get)>;

inline std::string Encoded(const WireEnvelope& envelope) {
  std::string frame;
  EncodeEnvelope(envelope, frame);
  return frame;
}

// Node 1, called second, has the actors sum and talker; node 0 speaks to it with frames of its own.
class RemoteConformance : public testing::TestWithParam<NetworkArm> {
 protected:
  using Counter = std::atomic<uint64_t> RemoteCounters::*;

  // Runs `peer` on node 0 while node 1 serves.
  void WhileServing(const std::function<void()>& peer) {
    Slot<bool> listening;
    Event served;
    world_->nodes().Run(
        [&] {
          listening.Get();
          peer();
          served.Set();
        },
        [&] { Serve(listening, served); });
  }

  std::unique_ptr<Stream> Dial() {
    auto stream = world_->network(0).Dial(address_, Instant::Infinite());
    EXPECT_TRUE(stream.ok()) << stream.status();
    return *std::move(stream);
  }
  std::unique_ptr<Stream> DialAndGreet() {
    std::unique_ptr<Stream> stream = Dial();
    EXPECT_TRUE(stream->Write(HelloFrame(first())).ok());
    const auto hello = stream->Read();
    EXPECT_TRUE(hello.ok() && ParseHello(*hello).ok()) << hello.status();
    return stream;
  }
  std::unique_ptr<Stream> DialAndGreetAs(absl::string_view name) {
    std::unique_ptr<Stream> stream = Dial();
    EXPECT_TRUE(stream->Write(HelloAs(name)).ok());
    EXPECT_TRUE(stream->Read().ok());
    return stream;
  }
  static std::string HelloAs(absl::string_view name) {
    return Encoded({.kind = EnvelopeKind::kHello,
                    .node_name = name,
                    .incarnation = 1,
                    .protocol_version = kProtocolVersion});
  }
  // Where a node could be dialled, as peers know it.
  std::string OwnAddress(int node) {
    std::string address;
    const auto listen = [&] {
      address = (*world_->network(node).Listen(world_->free_address(node)))->address();
    };
    if (node == 0) {
      world_->nodes().Run(listen, [] {});
    } else {
      world_->nodes().Run([] {}, listen);
    }
    return address;
  }
  // The answer to `request`, which must be one.
  WireEnvelope Answer(Stream& stream, const WireEnvelope& request) {
    EXPECT_TRUE(stream.Write(Encoded(request)).ok());
    auto frame = stream.Read();
    EXPECT_TRUE(frame.ok()) << frame.status();
    answer_ = frame.ok() ? *std::move(frame) : "";
    const auto answer = DecodeEnvelope(answer_);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : WireEnvelope();
  }
  // As a peer with this one request, which waits until it is closed.
  void SpeakOnce(const std::string& request) {
    const auto stream = DialAndGreet();
    EXPECT_TRUE(stream->Write(request).ok());
    while (stream->Read().ok()) {
    }
  }
  void ExpectClosed(Stream& stream) {
    EXPECT_EQ(stream.Read().status().code(), absl::StatusCode::kUnavailable);
  }

  // Whether a peer that behaves is answered, on a session of its own.
  bool ServesAGoodPeer() {
    const auto sum = first().Named<SumProtocol>("sum@second");
    return sum.ok() && sum->Ask(counter::Inc{.amount = 1}).ok();
  }

  void ExpectCounted(Counter counter, uint64_t count, absl::string_view words) {
    // It is counted and told before the peer can see the end, but perhaps by another thread.
    for (int i = 0; i < 1000 && (server_.counters().*counter < count || !Logged(words)); ++i) {
      Pass(absl::Milliseconds(5));
    }
    EXPECT_EQ(server_.counters().*counter, count);
    EXPECT_TRUE(Logged(words)) << absl::StrJoin(world_->log(), "\n");
  }
  // Until no task of the node runs but the caller's.
  static void AwaitAlone(Node& node) {
    for (int i = 0; i < 5000 && node.tasks() > 1; ++i) Pass(absl::Milliseconds(1));
  }
  // On node 0: an ask of the node "liar" at `address` fails, is counted, and told in `words`.
  void ExpectUnanswered(const std::string& address, const SessionOptions& options, Effect effect,
                        Counter counter, absl::string_view words) {
    PeerBook peers;
    peers.Add("liar", address);
    RemoteRouter router(first(), world_->network(0), peers, options);
    first().set_router(&router);
    const auto answer = (*first().Named<SumProtocol>("sum@liar")).Ask(counter::Get());
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << answer.status();
    EXPECT_EQ(EffectOf(answer.status()), effect);
    EXPECT_EQ(router.counters().*counter, 1u);
    EXPECT_TRUE(Logged(words)) << absl::StrJoin(world_->log(), "\n");
    router.Close();
    AwaitAlone(first());
    first().set_router(nullptr);
  }
  // Asks, and reads no answer, until there is no room for another ask, and `held_up` streams are
  // not read.
  void AskInVain(Stream& stream, WireEnvelope ask, uint64_t held_up) {
    const size_t bytes_max = 2 * world_->unread_bytes_max() + 8 * Outbox::kBytesMax;
    size_t bytes = 0;
    for (int pause = 0; pause < 30 && bytes <= bytes_max;) {
      std::string request = Encoded(ask);
      const size_t request_bytes = request.size();
      const absl::Status status = stream.Write(std::move(request), In(absl::Seconds(1)));
      if (status.ok()) {
        ++ask.request_id;
        bytes += request_bytes;
        continue;
      }
      ASSERT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
      if (server_.counters().held_up >= held_up) return;
      ++pause;  // frames that were lost are on their way
    }
    ADD_FAILURE() << "the server took " << bytes << " bytes and " << server_.counters().held_up
                  << " streams are held up";
  }
  bool Logged(absl::string_view words) {
    const std::vector<std::string> lines = world_->log();
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return absl::StrContains(line, words); });
  }

  Node& first() { return world_->nodes().node(0); }
  Node& second() { return world_->nodes().node(1); }

  static WireEnvelope AskOf(absl::string_view actor, MessageId message, absl::string_view payload) {
    return {.kind = EnvelopeKind::kAsk,
            .request_id = 77,
            .target = actor,
            .message_id = message,
            .payload = payload};
  }

  const std::unique_ptr<NetworkWorld> world_ = GetParam().make();
  PeerBook peers_;
  RemoteRouter client_{first(), world_->network(0), peers_};
  RemoteRouter server_{second(), world_->network(1), peers_};

 private:
  void Serve(Slot<bool>& listening, Event& served) {
    const std::unique_ptr<Listener> listener = *world_->network(1).Listen(world_->free_address(1));
    address_ = listener->address();
    peers_.Add("second", address_);
    first().set_router(&client_);
    second().set_router(&server_);
    sum_ = second().Spawn<SumActor>();
    EXPECT_TRUE(second().Register<SumProtocol>("sum", sum_).ok());
    EXPECT_TRUE(
        second()
            .Register<SumProtocol>("slow", second().SpawnWith<SlowActor>({.mailbox_capacity = 2}))
            .ok());
    EXPECT_TRUE(second().Register<TalkerProtocol>("talker", second().Spawn<TalkerActor>()).ok());
    Beside serving([&] { server_.Serve(*listener); });
    listening.Put(true);
    served.Await();
    EXPECT_TRUE(second().StopActors().ok());
    listener->Close();
    serving.Join();
    client_.Close();
    server_.Close();
    // Tasks see their streams end; this one is left.
    for (int i = 0; i < 5000 && first().tasks() + second().tasks() > 1; ++i) {
      Pass(absl::Milliseconds(1));
    }
  }

  std::string address_;
  std::string answer_;

 protected:
  ActorRef<SumActor> sum_;
};

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
      EXPECT_TRUE(stream->Write(HelloFrame(first(), Lane::kMessages, session)).ok());
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

#endif  // REHEARSE_TESTS_CONFORMANCE_REMOTE_CONFORMANCE_H_
