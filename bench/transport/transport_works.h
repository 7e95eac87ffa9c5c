// What is done over a transport, and timed: by the side that dials, with what the other serves.

#ifndef REHEARSE_BENCH_TRANSPORT_TRANSPORT_WORKS_H_
#define REHEARSE_BENCH_TRANSPORT_TRANSPORT_WORKS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"

namespace rehearse::bench {

// "mib_s 123.4" and the like.
struct Measure {
  std::string name;
  double value;
};
using Measures = std::vector<Measure>;

// What the other side serves for them all.
net::StreamHandlers ServedWorks();

// One stream of so many bytes, all of which have arrived.
absl::Status SendBytes(net::Libp2pNetwork& network, const std::string& address, int64_t bytes);

// 100 bytes there and back, so many times on one stream.
absl::Status AskTimes(net::Libp2pNetwork& network, const std::string& address, int64_t times);

// One stream, written to for `length` in pieces of 64 KiB: MiB a second, up to when the other side
// has said that it has them all.
absl::StatusOr<Measures> Stream(net::Libp2pNetwork& network, const std::string& address,
                                absl::Duration length);

// 100 bytes there and back, one after the other, for `length`: microseconds, p50 and p99.
absl::StatusOr<Measures> Ask(net::Libp2pNetwork& network, const std::string& address,
                             absl::Duration length);

using MakeNetwork = std::function<absl::StatusOr<std::unique_ptr<net::Libp2pNetwork>>()>;

// `count` connections, each of a network of its own that was made before, some at a time, each with
// one stream that has been answered: handshakes a second, and what each takes the other side in
// KiB of RSS while all stand idle.
absl::StatusOr<Measures> Connect(Node& node, const MakeNetwork& make, const std::string& address,
                                 int64_t count);

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_TRANSPORT_TRANSPORT_WORKS_H_
