// The first frame on each stream, both ways: who speaks, and of what.

#ifndef REHEARSE_NET_REMOTE_HELLO_H_
#define REHEARSE_NET_REMOTE_HELLO_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/network.h"

namespace rehearse::net {

inline constexpr uint32_t kProtocolVersion = 1;

// In an envelope's `effect`: the error is the handler's own.
inline constexpr uint8_t kNotTheFrameworks = 2;

// What a stream carries: so news of lives never waits behind messages. Numbers of the wire.
enum class Lane : uint8_t {
  kMessages = 0,  // envelopes: tells, asks and answers
  kLives = 1,     // LifeSignals
  kGossip = 2,    // GossipFrames (net/membership)
};

// What a stream of messages has to do with the others of its session.
struct StreamPlace {
  uint64_t session = 0;  // of the speaker's streams there; 0: this one is no other's successor
  // Its number in the session, from 1 on. In an answer: of the last one before that brought
  // messages; 0: nothing is known of any.
  uint64_t stream = 0;
  // In an answer: how many of that stream's messages, from the first on, have arrived, or never
  // will for a reason that is not the stream's end.
  uint64_t settled = 0;
};

struct Hello {
  std::string node;
  uint64_t incarnation = 0;
  Lane lane = Lane::kMessages;
  StreamPlace place;
};

std::string HelloFrame(const Node& node, Lane lane = Lane::kMessages,
                       const StreamPlace& place = {});

// Why a stream is closed whose peer has not said one for so long: kDeadlineExceeded.
absl::Status NoHello(absl::Duration timeout);

//   kDataLoss            it is no hello.
//   kFailedPrecondition  the peer speaks another version: upgrade the older one.
absl::StatusOr<Hello> ParseHello(absl::string_view frame);

// Says hello on a stream that `node` has opened to `peer` (empty: to whoever it is), and hears its
// answer, within `timeout`.
//   kDeadlineExceeded    no hello came.
//   kFailedPrecondition  another node answers there, or another version.
//   kDataLoss, kUnavailable, kCancelled  as ParseHello and Stream.
absl::StatusOr<Hello> GreetPeer(const Node& node, Stream& stream, absl::string_view peer, Lane lane,
                                absl::Duration timeout, const StreamPlace& place = {});

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_HELLO_H_
