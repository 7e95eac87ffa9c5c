// A network for thousands of Kademlia's nodes within one simulated node: messages with latencies.
//
// What it leaves out is below Kademlia: connections, handshakes, bandwidth. What it keeps: messages
// are encoded and decoded, take their time, are lost, and who is gone is silent.

#ifndef REHEARSE_TESTS_KADEMLIA_LIGHT_NETWORK_H_
#define REHEARSE_TESTS_KADEMLIA_LIGHT_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/actor/runtime/worker.h"
#include "rehearse/net/kademlia/kad_calls.h"
#include "rehearse/net/kademlia/kad_peer.h"

namespace rehearse::net {

struct LightNetworkOptions {
  absl::Duration latency_min = absl::Milliseconds(10);  // one way
  absl::Duration latency_max = absl::Milliseconds(100);
  Ratio loss = Ratio::Never();
};

class LightNetwork {
 public:
  using Answer = std::function<absl::StatusOr<std::optional<std::string>>(
      const KadPeer& from, absl::string_view request)>;

  // One node's place in it. Stays for ever; up until it leaves.
  class Port final : public KadCalls {
   public:
    Port(LightNetwork& network, KadPeer self) : network_(network), self_(std::move(self)) {}

    void Call(const KadPeer& to, std::string request, Answered answered, Instant deadline,
              Done done) override;

    // Answers requests from now on.
    void Open(Answer answer) { answer_ = std::move(answer); }
    // Gone without a word: what is under way to it and from it is lost.
    void Leave() { answer_ = nullptr; }
    bool up() const { return answer_ != nullptr; }
    const KadPeer& self() const { return self_; }

   private:
    friend class LightNetwork;
    LightNetwork& network_;
    const KadPeer self_;
    Answer answer_;
  };

  // On a fiber of `worker`; outlives what is under way.
  LightNetwork(Worker& worker, Random random, const LightNetworkOptions& options)
      : worker_(worker), random_(random), options_(options) {}

  // A place for a new node: an id and an address of its own, made of `number`.
  Port& Add(const PeerId& id);

  Port& port(size_t index) { return ports_[index]; }
  size_t size() const { return ports_.size(); }
  uint64_t messages() const { return messages_; }
  uint64_t bytes() const { return bytes_; }

 private:
  class Flight;

  Instant Arrival();
  // Who is at that address, if it is `to`.
  Port* Find(const KadPeer& to);

  Worker& worker_;
  Random random_;
  const LightNetworkOptions options_;
  std::deque<Port> ports_;
  uint64_t messages_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_KADEMLIA_LIGHT_NETWORK_H_
