// Many cores of the gossip, and between them nothing but frames that take their time: for
// properties, and for measuring.

#ifndef REHEARSE_NET_MEMBERSHIP_TESTING_GOSSIP_TOWN_H_
#define REHEARSE_NET_MEMBERSHIP_TESTING_GOSSIP_TOWN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/net/membership/membership_core.h"

namespace rehearse::net {

class GossipTown {
 public:
  struct Options {
    MembershipOptions membership = {};
    absl::Duration latency_min = absl::Milliseconds(1);
    absl::Duration latency_max = absl::Milliseconds(20);
    Ratio loss = Ratio::Never();  // of frames, each by itself
  };

  GossipTown(uint64_t seed, const Options& options) : options_(options), random_(seed) {}

  // A member that is told where the first one is. Its index.
  size_t Add();
  // As for a whole cluster that is there already.
  void AddMany(size_t count);

  void RunFor(absl::Duration length);
  // Whether `done` came true within `limit`; it is asked every hundredth of a second.
  bool RunUntil(const std::function<bool()>& done, absl::Duration limit);

  // Without a word, or with a new life.
  void Crash(size_t index);
  void Restart(size_t index);
  // It stands still; what is sent to it waits.
  void Pause(size_t index);
  void Resume(size_t index);
  // Nothing goes from `from` to `to`.
  void Cut(size_t from, size_t to) { cut_.insert({from, to}); }
  void Heal();
  void set_loss(Ratio loss) { options_.loss = loss; }

  bool up(size_t index) const { return houses_[index].core != nullptr; }
  MembershipCore& core(size_t index) { return *houses_[index].core; }
  size_t size() const { return houses_.size(); }
  Instant now() const { return now_; }
  static std::string NameOf(size_t index);

  // Each member that is up knows all that are up in their present lives as alive, and nobody else
  // as present.
  bool Agrees() const;
  // How many of those that are up know `index` as `state`.
  size_t Knowing(size_t index, MemberState state) const;
  uint64_t frames_sent() const;

 private:
  struct House {
    std::unique_ptr<MembershipCore> core;  // null: down
    uint64_t life = 0;
    bool paused = false;
    std::vector<std::function<void()>> waiting;
    Instant tick;  // when it is due
  };

  void Begin(size_t index);
  bool AgreesIn(const MembershipCore& core) const;
  void Collect(size_t index);
  void Deliver(size_t from, size_t to, uint64_t life, uint64_t link, const std::string& bytes);
  void Step();
  void Unschedule(size_t index) { ticks_.erase({houses_[index].tick, index}); }

  Options options_;
  Random random_;
  Instant now_;
  std::vector<House> houses_;
  std::set<std::pair<size_t, size_t>> cut_;
  // By time and number.
  std::map<std::pair<Instant, uint64_t>, std::function<void()>> events_;
  std::set<std::pair<Instant, size_t>> ticks_;  // of each that is up and runs
  uint64_t event_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_TESTING_GOSSIP_TOWN_H_
