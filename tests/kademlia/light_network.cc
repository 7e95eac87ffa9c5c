#include "tests/kademlia/light_network.h"

#include <algorithm>
#include <utility>

#include "rehearse/actor/runtime/timer_queue.h"
#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

constexpr uint32_t kFirstIp = uint32_t{10} << 24;

}  // namespace

// A request, then its answer, then nothing: it destroys itself.
class LightNetwork::Flight final : public Timer {
 public:
  Flight(Port& from, const KadPeer& to, std::string bytes, KadCalls::Answered answered,
         Instant deadline, KadCalls::Done done)
      : network_(from.network_),
        from_(from),
        to_(network_.Find(to)),
        bytes_(std::move(bytes)),
        answered_(answered),
        deadline_(deadline),
        done_(std::move(done)) {
    Send(bytes_.size());
  }

  void Fire() override {
    switch (stage_) {
      case Stage::kRequest: return Arrive();
      case Stage::kAnswer: return Finish(std::move(result_));
      case Stage::kSilence: return Finish(absl::DeadlineExceededError("no answer in time"));
    }
  }

 private:
  enum class Stage : uint8_t { kRequest, kAnswer, kSilence };

  void Send(size_t bytes) {
    ++network_.messages_;
    network_.bytes_ += bytes;
    const Instant arrival = network_.Arrival();
    if (network_.random_.Chance(network_.options_.loss) || arrival >= deadline_) return BeSilent();
    network_.worker_.timers().Set(*this, arrival);
  }

  void BeSilent() {
    stage_ = Stage::kSilence;
    network_.worker_.timers().Set(*this, deadline_);
  }

  void Arrive() {
    if (to_ == nullptr || !to_->up()) return BeSilent();
    absl::StatusOr<std::optional<std::string>> answer = to_->answer_(from_.self_, bytes_);
    stage_ = Stage::kAnswer;
    if (!answer.ok()) {
      result_ = absl::UnavailableError("refused");
    } else if (answered_ == KadCalls::Answered::kNo || !answer->has_value()) {
      return Finish("");
    } else {
      result_ = **std::move(answer);
    }
    Send(result_.ok() ? result_->size() : 0);
  }

  void Finish(absl::StatusOr<std::string> result) {
    if (!from_.up()) result = absl::UnavailableError("this node has left");
    done_(std::move(result));
    delete this;
  }

  LightNetwork& network_;
  Port& from_;
  Port* const to_;
  const std::string bytes_;
  const KadCalls::Answered answered_;
  const Instant deadline_;
  KadCalls::Done done_;
  absl::StatusOr<std::string> result_;
  Stage stage_ = Stage::kRequest;
};

void LightNetwork::Port::Call(const KadPeer& to, std::string request, Answered answered,
                              Instant deadline, Done done) {
  new Flight(*this, to, std::move(request), answered, deadline, std::move(done));
}

LightNetwork::Port& LightNetwork::Add(const PeerId& id) {
  const auto ip = kFirstIp + static_cast<uint32_t>(ports_.size());
  return ports_.emplace_back(*this, KadPeer{id, {MadeAddress(ip)}});
}

LightNetwork::Port* LightNetwork::Find(const KadPeer& to) {
  if (to.addresses.empty() || to.addresses.front().size() < 5) return nullptr;
  uint32_t ip = 0;
  for (size_t i = 1; i < 5; ++i) ip = ip << 8 | static_cast<uint8_t>(to.addresses.front()[i]);
  const size_t index = ip - kFirstIp;
  if (index >= ports_.size() || ports_[index].self_.id != to.id) return nullptr;
  return &ports_[index];
}

Instant LightNetwork::Arrival() {
  const int64_t min = absl::ToInt64Nanoseconds(options_.latency_min);
  const int64_t max = absl::ToInt64Nanoseconds(options_.latency_max);
  return worker_.now() + absl::Nanoseconds(random_.Between(min, max));
}

}  // namespace rehearse::net
