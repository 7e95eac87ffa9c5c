// A frame on its way from one end of a simulated stream to the other.

#ifndef REHEARSE_SIM_NETWORK_PACKET_H_
#define REHEARSE_SIM_NETWORK_PACKET_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "rehearse/actor/runtime/timer_queue.h"

namespace rehearse::sim {

class SimEndpoint;

// Over all its attempts; between them, whoever sends it again holds it. Fires on arrival.
struct Packet final : Timer {
  void Fire() override;

  SimEndpoint* from = nullptr;  // which lives as long as this is under way
  uint64_t number = 0;          // in its stream
  bool last = false;            // the stream's end
  bool duplicate = false;       // the second of two, which has no frame
  std::string frame;
  uint64_t hash = 0;            // of the frame
  uint64_t link_number = 0;     // of this attempt
  absl::Duration backoff = {};  // until the attempt after this one
  absl::Duration spent = {};    // on those before
};

// Packets are used again: each message takes one.
struct PacketReturn {
  void operator()(Packet* packet) const;
};
using PacketPtr = std::unique_ptr<Packet, PacketReturn>;

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_PACKET_H_
