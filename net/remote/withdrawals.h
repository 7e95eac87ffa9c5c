// Asks that this node has given up, and whose answers may come yet.
//
// The other node answers each ask once, one that was taken back too. So an answer that is in here
// is a late one, and any other that nobody waits for a second one.

#ifndef REHEARSE_NET_REMOTE_WITHDRAWALS_H_
#define REHEARSE_NET_REMOTE_WITHDRAWALS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>

namespace rehearse::net {

// Of one stream. Whoever shares it has a lock of their own.
class Withdrawals {
 public:
  // That are remembered. With more, the oldest is forgotten: the other node is slow to answer, and
  // its handler is not told any more, if it was not yet.
  static constexpr size_t kMax = 4096;

  // The ask of that number is given up.
  void Add(uint64_t number) {
    late_.insert(number);
    if (late_.size() <= kMax) return;
    forgotten_ = std::max(forgotten_, *late_.begin());
    late_.erase(late_.begin());
  }
  // And the other node is to be told.
  void AddUntold(uint64_t number) {
    Add(number);
    untold_.push_back(number);
    if (untold_.size() > kMax) untold_.pop_front();
  }

  // Whom to tell of next; none if all are told.
  std::optional<uint64_t> TakeUntold() {
    if (untold_.empty()) return std::nullopt;
    const uint64_t number = untold_.front();
    untold_.pop_front();
    return number;
  }
  // It could not be told just now.
  void PutBack(uint64_t number) { untold_.push_front(number); }

  // An answer to it has come. Whether it was given up, as far as that is known.
  bool IsLate(uint64_t number) { return late_.erase(number) > 0 || number <= forgotten_; }

  // All of them are over, with their stream.
  void Clear() {
    late_.clear();
    untold_.clear();
    forgotten_ = 0;
  }

  size_t size() const { return late_.size() + untold_.size(); }
  bool has_untold() const { return !untold_.empty(); }

 private:
  std::set<uint64_t> late_;
  std::deque<uint64_t> untold_;
  uint64_t forgotten_ = 0;  // the greatest
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_WITHDRAWALS_H_
