// What a node with actors for others does about peers that speak frames, but no sense; over any
// Network: the fixture of the claims in remote_*_conformance.cc.
//
//   INSTANTIATE_TEST_SUITE_P(Tcp, RemoteConformance, testing::Values(NetworkArm{…}),
//                            NetworkArmName());

#ifndef REHEARSE_TESTS_CONFORMANCE_REMOTE_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_REMOTE_CONFORMANCE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/string_view.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/remote_router.h"
#include "rehearse/tests/conformance/network_world.h"
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

// Of actor "talker", which answers with as many bytes as it is told.
using TalkerProtocol = Protocol<std::string(counter::Inc)>;
// Of actor "sum", and of "slow", which takes its time and has little room for what comes meanwhile.
using SumProtocol = Protocol<int64_t(counter::Inc), int64_t(counter::Get)>;

std::string Encoded(const WireEnvelope& envelope);

// Node 1, called second, has those actors; node 0 speaks to it with frames of its own.
class RemoteConformance : public testing::TestWithParam<NetworkArm> {
 protected:
  using Counter = std::atomic<uint64_t> RemoteCounters::*;

  // Runs `peer` on node 0 while node 1 serves.
  void WhileServing(const std::function<void()>& peer);

  std::unique_ptr<Stream> Dial();
  std::unique_ptr<Stream> DialAndGreet();
  std::unique_ptr<Stream> DialAndGreetAs(absl::string_view name);
  static std::string HelloAs(absl::string_view name);
  // Where a node could be dialled, as peers know it.
  std::string OwnAddress(int node);
  // The answer to `request`, which must be one. It is good until the next.
  WireEnvelope Answer(Stream& stream, const WireEnvelope& request);
  // As a peer with this one request, which waits until it is closed.
  void SpeakOnce(const std::string& request);
  static void ExpectClosed(Stream& stream);

  // Whether a peer that behaves is answered, on a session of its own.
  bool ServesAGoodPeer();

  void ExpectCounted(Counter counter, uint64_t count, absl::string_view words);
  // Until no task of the node runs but the caller's.
  static void AwaitAlone(Node& node);
  // On node 0: an ask of the node "liar" at `address` fails, is counted, and told in `words`.
  void ExpectUnanswered(const std::string& address, const SessionOptions& options, Effect effect,
                        Counter counter, absl::string_view words);
  // Asks, and reads no answer, until there is no room for another ask, and `held_up` streams are
  // not read.
  void AskInVain(Stream& stream, WireEnvelope ask, uint64_t held_up);
  bool Logged(absl::string_view words);

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
  void Serve(Slot<bool>& listening, Event& served);
  void StartActors();

  std::string address_;
  std::string answer_;

 protected:
  ActorRef<SumActor> sum_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_REMOTE_CONFORMANCE_H_
