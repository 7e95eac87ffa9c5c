// One direction between two nodes: how long a packet takes, and what becomes of it on the way.

#ifndef REHEARSE_SIM_NETWORK_LINK_H_
#define REHEARSE_SIM_NETWORK_LINK_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/schedule/decisions.h"

namespace rehearse::sim {

// How long packets take. Drawn with integers alone, so that every build draws the same.
struct Latency {
  enum class Shape : uint8_t {
    kUniform,      // between min and max
    kExponential,  // min, and on top a length whose mean is (max - min) / 4; no end
    kBimodal,      // mostly min; `slow` of them max
    kLongTail,     // min, and on top a Pareto length of scale (max - min) / 16: half are longer
                   // than that, one in 17 is longer than max, and none than 16 times (max - min)
  };

  Shape shape = Shape::kUniform;
  absl::Duration min = absl::Milliseconds(1);
  absl::Duration max = absl::Milliseconds(10);
  Ratio slow = {1, 100};  // kBimodal

  absl::Duration Draw(DecisionStream& stream) const;

  // "uniform(1ms,10ms)"
  std::string ToString() const;
};

struct LinkOptions {
  Latency latency = {};
  Ratio loss = {};       // a packet is gone, and sent again after the retransmission timeout
  Ratio duplicate = {};  // it arrives twice, the second time later
  Ratio reorder = {};    // it takes a detour: `detour` longer
  absl::Duration detour = absl::Milliseconds(20);
  Ratio corrupt =
      {};  // a bit of it is flipped: of a datagram; a stream's is dropped by its checksum
  uint32_t mtu_bytes = 0;         // larger datagrams are dropped; 0: none is too large
  uint64_t bytes_per_second = 0;  // packets leave one after another; 0: as many as may be
};

// What streams do about loss; as TCP's defaults on Linux, give-up time apart.
struct StreamOptions {
  absl::Duration retransmit_min = absl::Milliseconds(200);  // doubled for each loss in a row
  absl::Duration retransmit_max = absl::Seconds(5);
  absl::Duration give_up = absl::Seconds(20);  // then the stream breaks
  size_t window_bytes = size_t{256} << 10;     // written and not yet read
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_LINK_H_
