#include "rehearse/actor/observe/metrics.h"

#include <atomic>
#include <cstddef>

#include "absl/container/flat_hash_map.h"

namespace rehearse {

void ClassFigures::Add(const ClassFigures& other) {
  handled += other.handled;
  panics += other.panics;
  spawned += other.spawned;
  restarts += other.restarts;
  ended += other.ended;
  waited.Add(other.waited);
  took.Add(other.took);
}

// One worker's counts: found by it in a table, by readers in a list that only grows.
class Metrics::Shard final : public Observer {
 public:
  ~Shard() override {
    for (ClassCounts* counts = newest_.load(); counts != nullptr;) {
      delete std::exchange(counts, counts->next);
    }
  }

  void NodeBegan(NodeId, absl::string_view, Instant) override {}
  void Began(const ObservedActor& actor, uint32_t life, Instant) override {
    ClassCounts& counts = Of(actor);
    (life == 1 ? counts.spawned : counts.restarts).Add(1);
  }
  void Handled(const ObservedActor& actor, const ObservedMessage& message, Instant began,
               Instant ended) override {
    if (message.own) return;
    ClassCounts& counts = Of(actor);
    counts.handled.Add(1);
    if (message.stamp) counts.waited.Add(message.stamp.NanosUntil(began));
    counts.took.Add(ended.nanos() - began.nanos());
  }
  void Panicked(const ObservedActor& actor, Instant) override { Of(actor).panics.Add(1); }
  void Ended(const ObservedActor& actor, Instant) override { Of(actor).ended.Add(1); }
  bool SentElsewhere(const ObservedActor&, absl::string_view, uint64_t, Instant) override {
    return false;
  }

  void AddTo(Figures& figures) const {
    for (const ClassCounts* counts = newest_.load(std::memory_order_acquire); counts != nullptr;
         counts = counts->next) {
      figures[{counts->node, std::string(counts->class_name)}].Add(counts->Read());
    }
  }

 private:
  struct ClassCounts {
    ClassCounts(const ObservedActor& actor, ClassCounts* next)
        : node(actor.node), class_name(actor.class_name), next(next) {}

    ClassFigures Read() const {
      return {.handled = handled.value(),
              .panics = panics.value(),
              .spawned = spawned.value(),
              .restarts = restarts.value(),
              .ended = ended.value(),
              .waited = waited.Read(),
              .took = took.Read()};
    }

    const NodeId node;
    const absl::string_view class_name;
    ClassCounts* const next;
    LiveCount handled;
    LiveCount panics;
    LiveCount spawned;
    LiveCount restarts;
    LiveCount ended;
    LiveDurations waited;
    LiveDurations took;
  };

  ClassCounts& Of(const ObservedActor& actor) {
    ClassCounts*& counts = by_class_[{actor.node, actor.class_name.data()}];
    if (counts == nullptr) {
      counts = new ClassCounts(actor, newest_.load(std::memory_order_relaxed));
      newest_.store(counts, std::memory_order_release);
    }
    return *counts;
  }

  // order-free: looked up by key only
  absl::flat_hash_map<std::pair<NodeId, const char*>, ClassCounts*> by_class_;
  std::atomic<ClassCounts*> newest_{nullptr};
};

Metrics::Metrics(int workers) {
  for (int i = 0; i < workers; ++i) shards_.push_back(std::make_unique<Shard>());
}

Metrics::~Metrics() = default;

Observer& Metrics::shard(int index) { return *shards_[static_cast<size_t>(index)]; }

Figures Metrics::Read() const {
  Figures figures;
  for (const std::unique_ptr<Shard>& shard : shards_) shard->AddTo(figures);
  return figures;
}

}  // namespace rehearse
