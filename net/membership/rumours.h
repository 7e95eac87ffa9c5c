// What is to be passed on, each a bounded number of times: SWIM's infection-style dissemination
// (Das, Gupta, Motivala, "SWIM", DSN 2002, section 4.1).

#ifndef REHEARSE_NET_MEMBERSHIP_RUMOURS_H_
#define REHEARSE_NET_MEMBERSHIP_RUMOURS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace rehearse::net {

// Names of what has changed; what is said of them is looked up when it is said, so that it is the
// newest. At most as many as there are names.
class Rumours {
 public:
  // How often each is told: so often for each doubling of the number of members.
  explicit Rumours(int transmits) : transmits_(transmits) {}

  // `name` has changed: it is told as often as a new one.
  void Add(const std::string& name) {
    Drop(name);
    const Place place{0, ~next_++, name};
    places_[name] = place;
    order_.insert(place);
  }

  void Drop(const std::string& name) {
    const auto at = places_.find(name);
    if (at == places_.end()) return;
    order_.erase(at->second);
    places_.erase(at);
  }

  // Shows `take` those that were told least, the newest first, until it returns false, which means
  // that it had no room. Those that are taken were told once more among `members`.
  void Pick(size_t members, const std::function<bool(const std::string&)>& take) {
    const auto limit = static_cast<uint32_t>(transmits_ * std::bit_width(members));
    std::set<Place> told;
    while (!order_.empty() && take(std::get<2>(*order_.begin()))) {
      Place place = *order_.begin();
      order_.erase(order_.begin());
      if (++std::get<0>(place) >= limit) {
        places_.erase(std::get<2>(place));
      } else {
        told.insert(place);
      }
    }
    for (const Place& place : told) {
      places_[std::get<2>(place)] = place;
      order_.insert(place);
    }
  }

  size_t size() const { return places_.size(); }
  bool Holds(const std::string& name) const { return places_.contains(name); }

 private:
  // Times told, age, name.
  using Place = std::tuple<uint32_t, uint64_t, std::string>;

  const int transmits_;
  uint64_t next_ = 0;
  std::map<std::string, Place> places_;
  std::set<Place> order_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_RUMOURS_H_
