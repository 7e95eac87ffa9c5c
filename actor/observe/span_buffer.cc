#include "rehearse/actor/observe/span_buffer.h"

#include <mutex>

namespace rehearse {

SpanBatch SpanBuffer::Take() {
  SpanBatch taken;
  const std::lock_guard<SpinLock> lock(lock_);
  std::swap(taken, batch_);
  return taken;
}

void SpanBuffer::Add(const Span& span) {
  const std::lock_guard<SpinLock> lock(lock_);
  if (batch_.spans.size() < spans_max_) {
    batch_.spans.push_back(span);
  } else {
    ++batch_.dropped;
  }
}

void SpanBuffer::NodeBegan(NodeId node, absl::string_view name, Instant) {
  const std::lock_guard<SpinLock> lock(lock_);
  batch_.nodes.emplace_back(node, name);
}

void SpanBuffer::Began(const ObservedActor& actor, uint32_t life, Instant at) {
  Add({.kind = SpanKind::kBegan,
       .actor = actor,
       .message = {},
       .began = at,
       .ended = at,
       .life = life});
}

void SpanBuffer::Handled(const ObservedActor& actor, const ObservedMessage& message, Instant began,
                         Instant ended) {
  Add({.kind = SpanKind::kHandled,
       .actor = actor,
       .message = message,
       .began = began,
       .ended = ended});
}

void SpanBuffer::Panicked(const ObservedActor& actor, Instant at) {
  Add({.kind = SpanKind::kPanicked, .actor = actor, .message = {}, .began = at, .ended = at});
}

void SpanBuffer::Ended(const ObservedActor& actor, Instant at) {
  Add({.kind = SpanKind::kEnded, .actor = actor, .message = {}, .began = at, .ended = at});
}

bool SpanBuffer::SentElsewhere(const ObservedActor& sender, absl::string_view name, uint64_t flow,
                               Instant at) {
  Add({.kind = SpanKind::kSentElsewhere,
       .actor = sender,
       .message = {.name = name, .flow = flow},
       .began = at,
       .ended = at});
  return true;
}

}  // namespace rehearse
