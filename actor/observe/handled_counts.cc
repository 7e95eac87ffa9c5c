#include "rehearse/actor/observe/handled_counts.h"

#include <mutex>

namespace rehearse {

class HandledCounts::Shard final : public Observer {
 public:
  explicit Shard(HandledCounts& all) : all_(all) {}

  void NodeBegan(NodeId, absl::string_view, Instant) override {}
  void Began(const ObservedActor&, uint32_t, Instant) override {}
  void Handled(const ObservedActor& actor, const ObservedMessage& message, Instant,
               Instant) override {
    if (message.own) return;
    const std::lock_guard<SpinLock> lock(lock_);
    ++counts_[actor.id];
  }
  void Panicked(const ObservedActor&, Instant) override {}
  void Ended(const ObservedActor& actor, Instant) override { all_.Forget(actor.id); }
  bool SentElsewhere(const ObservedActor&, absl::string_view, uint64_t, Instant) override {
    return false;
  }

  void Forget(ActorId actor) {
    const std::lock_guard<SpinLock> lock(lock_);
    counts_.erase(actor);
  }
  void AddTo(ById& sums) const {
    const std::lock_guard<SpinLock> lock(lock_);
    for (const auto& [actor, count] : counts_) sums[actor] += count;
  }

 private:
  HandledCounts& all_;
  mutable SpinLock lock_;
  ById counts_;
};

HandledCounts::HandledCounts(int workers) {
  for (int i = 0; i < workers; ++i) shards_.push_back(std::make_unique<Shard>(*this));
}

HandledCounts::~HandledCounts() = default;

Observer& HandledCounts::shard(int index) { return *shards_[static_cast<size_t>(index)]; }

void HandledCounts::Forget(ActorId actor) {
  for (const std::unique_ptr<Shard>& shard : shards_) shard->Forget(actor);
}

HandledCounts::ById HandledCounts::Read() const {
  ById sums;
  for (const std::unique_ptr<Shard>& shard : shards_) shard->AddTo(sums);
  return sums;
}

}  // namespace rehearse
