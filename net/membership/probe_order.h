// Whom to probe next: each member once a round, in an order of this node's own (SWIM, section
// 4.3), so that the time until a dead one is probed is bounded.

#ifndef REHEARSE_NET_MEMBERSHIP_PROBE_ORDER_H_
#define REHEARSE_NET_MEMBERSHIP_PROBE_ORDER_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/env/random.h"

namespace rehearse::net {

class ProbeOrder {
 public:
  explicit ProbeOrder(Random random) : random_(random) {}

  // At a random place of this round.
  void Add(const std::string& name) {
    const size_t at = random_.Below(names_.size() + 1);
    names_.insert(names_.begin() + static_cast<ptrdiff_t>(at), name);
    if (at < next_) ++next_;
  }

  void Remove(const std::string& name) {
    const auto at = std::find(names_.begin(), names_.end(), name);
    if (at == names_.end()) return;
    if (static_cast<size_t>(at - names_.begin()) < next_) --next_;
    names_.erase(at);
  }

  // Empty if there is nobody.
  std::string Next() {
    if (names_.empty()) return {};
    if (next_ == names_.size()) Shuffle();
    return names_[next_++];
  }

  // Up to `count` of them, at random, all different, none of them `but`.
  std::vector<std::string> Draw(size_t count, const std::string& but) {
    std::vector<std::string> drawn;
    std::vector<std::string> left = names_;
    std::erase(left, but);
    while (drawn.size() < count && !left.empty()) {
      std::swap(left[random_.Below(left.size())], left.back());
      drawn.push_back(std::move(left.back()));
      left.pop_back();
    }
    return drawn;
  }

  size_t size() const { return names_.size(); }

 private:
  void Shuffle() {
    for (size_t i = names_.size(); i > 1; --i) std::swap(names_[i - 1], names_[random_.Below(i)]);
    next_ = 0;
  }

  Random random_;
  std::vector<std::string> names_;
  size_t next_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_PROBE_ORDER_H_
