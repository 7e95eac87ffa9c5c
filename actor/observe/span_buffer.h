// What one worker's actors did, kept until somebody takes it.

#ifndef REHEARSE_ACTOR_OBSERVE_SPAN_BUFFER_H_
#define REHEARSE_ACTOR_OBSERVE_SPAN_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse {

enum class SpanKind : uint8_t { kBegan, kHandled, kPanicked, kEnded, kSentElsewhere };

struct Span {
  SpanKind kind = SpanKind::kHandled;
  ObservedActor actor;      // id 0: a program
  ObservedMessage message;  // kHandled; of kSentElsewhere its name and flow
  Instant began;
  Instant ended;      // kHandled
  uint32_t life = 0;  // kBegan
};

struct SpanBatch {
  std::vector<std::pair<NodeId, std::string>> nodes;  // that began
  std::vector<Span> spans;                            // in the order they were told
  uint64_t dropped = 0;                               // for which there was no room
};

// The worker fills it, any thread takes. Full, it drops what comes, and counts that.
class SpanBuffer final : public Observer {
 public:
  static constexpr size_t kSpansMax = size_t{1} << 16;

  explicit SpanBuffer(size_t spans_max = kSpansMax) : spans_max_(spans_max) {}

  // What came since the last call.
  SpanBatch Take();

  void NodeBegan(NodeId node, absl::string_view name, Instant at) override;
  void Began(const ObservedActor& actor, uint32_t life, Instant at) override;
  void Handled(const ObservedActor& actor, const ObservedMessage& message, Instant began,
               Instant ended) override;
  void Panicked(const ObservedActor& actor, Instant at) override;
  void Ended(const ObservedActor& actor, Instant at) override;
  // Drawn, so carried.
  bool SentElsewhere(const ObservedActor& sender, absl::string_view name, uint64_t flow,
                     Instant at) override;

 private:
  void Add(const Span& span);

  const size_t spans_max_;
  SpinLock lock_;
  SpanBatch batch_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_OBSERVE_SPAN_BUFFER_H_
