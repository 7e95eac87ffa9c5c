// A run's trace: its rolling hash, its last events, and on a replay each of them.

#ifndef REHEARSE_SIM_TRACE_RUN_TRACE_H_
#define REHEARSE_SIM_TRACE_RUN_TRACE_H_

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/trace.h"
#include "rehearse/sim/trace/event_ring.h"

namespace rehearse::sim {

// Both halves of a long product, folded: the step of Wang Yi's wyhash.
inline uint64_t Fold(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// A fast mix of bytes, for traces only: sixteen at a time, the rest padded with zeros.
inline uint64_t HashBytes(absl::string_view bytes) {
  const auto word_at = [bytes](size_t i) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    return word;
  };
  uint64_t hash = bytes.size() * 0x9e3779b97f4a7c15u;
  size_t i = 0;
  for (; i + 16 <= bytes.size(); i += 16) {
    hash = Fold(word_at(i) ^ 0xbf58476d1ce4e5b9u, word_at(i + 8) ^ hash);
  }
  uint64_t word = 0;
  if (i + 8 <= bytes.size()) {
    word = word_at(i);
    i += 8;
  }
  const uint64_t rest = ShortWord(bytes.data() + i, bytes.size() - i);
  return Fold(word ^ 0x94d049bb133111ebu, rest ^ hash ^ 0xd6e8feb86659fd93u);
}

class RunTrace final : public TraceSink {
 public:
  // `ring`, if not null, takes the place of the trace's own. `on_event` may be null.
  RunTrace(EventRing* ring, std::function<void(absl::string_view line)> on_event)
      : ring_(ring == nullptr ? own_ring_ : *ring), on_event_(std::move(on_event)) {
    ring_.count = 0;
    NameNode(0, "world");
  }

  void Record(const TraceEvent& event) override {
    ++events_;
    uint64_t hash = hash_;
    hash = Mix(hash, static_cast<uint64_t>(event.time.nanos()));
    hash = Mix(hash, uint64_t{event.node.value} << 32 | static_cast<uint64_t>(event.kind));
    hash = Mix(hash, event.actor.value);
    hash = Mix(hash, event.a);
    hash = Mix(hash, event.b);
    hash_ = Mix(hash, HashBytes(event.what));
    ring_.Add(event);
    if (on_event_ != nullptr) [[unlikely]] {
      Tell(event);
    }
  }

  void NameNode(uint32_t node, absl::string_view name) {
    if (names_.size() <= node) names_.resize(node + 1);
    names_[node] = std::string(name);
    ring_.NameNode(node, name);
  }

  uint64_t hash() const { return Mix64(hash_); }
  uint64_t events() const { return events_; }
  std::vector<std::string> LastLines() const { return ring_.Lines(); }

 private:
  static uint64_t Mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    return hash << 31 | hash >> 33;
  }
  void Tell(const TraceEvent& event);

  uint64_t hash_ = 0x5245484541525345u;
  uint64_t events_ = 0;
  EventRing own_ring_{};
  EventRing& ring_;
  std::function<void(absl::string_view)> on_event_;
  std::vector<std::string> names_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_TRACE_RUN_TRACE_H_
