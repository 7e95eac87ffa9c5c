// What all connections of a node together may hold of what peers sent and nobody has read.
//
// Each connection has a bound of its own, but a thousand connections have a thousand of them. Once
// the budget is used up, whoever holds more than a fair share gets no more: a stream that brings
// more is reset. Who holds less is left alone, so that some who fill it do not keep out the others;
// what all hold is therefore at most the budget and a share for each connection.

#ifndef REHEARSE_NET_LIBP2P_UNREAD_BUDGET_H_
#define REHEARSE_NET_LIBP2P_UNREAD_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace rehearse::net {

// A stream of the peer's making that has yet to say what for has a fiber that waits for that, and
// its stack; it counts as much.
inline constexpr size_t kChoosingBytes = size_t{16} << 10;

struct UnreadOptions {
  // Of all connections.
  size_t bytes_max = size_t{256} << 20;
  // What each may hold even so.
  size_t share_bytes = size_t{256} << 10;
};

// Any thread.
class UnreadBudget {
 public:
  explicit UnreadBudget(const UnreadOptions& options = UnreadOptions()) : options_(options) {}

  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  friend class UnreadShare;

  const UnreadOptions options_;
  std::atomic<size_t> bytes_{0};
};

// What one connection holds of it; given back when it goes. For one fiber at a time.
class UnreadShare {
 public:
  // Without a budget there is always room.
  explicit UnreadShare(std::shared_ptr<UnreadBudget> budget) : budget_(std::move(budget)) {}
  ~UnreadShare() { Give(held_); }
  UnreadShare(const UnreadShare&) = delete;
  UnreadShare& operator=(const UnreadShare&) = delete;

  // Holds `bytes` more. False: there is no room for them.
  bool TryTake(size_t bytes) {
    if (!HasRoomFor(bytes)) return false;
    Take(bytes);
    return true;
  }

  // Holds `bytes` in all, room or not. False: there is none.
  bool Set(size_t bytes) {
    const bool has_room = bytes <= held_ || HasRoomFor(bytes - held_);
    bytes > held_ ? Take(bytes - held_) : Give(held_ - bytes);
    return has_room;
  }

  void Give(size_t bytes) {
    held_ -= bytes;
    if (budget_ != nullptr) budget_->bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }

  size_t held() const { return held_; }

 private:
  bool HasRoomFor(size_t bytes) const {
    return budget_ == nullptr || held_ + bytes <= budget_->options_.share_bytes ||
           budget_->bytes() + bytes <= budget_->options_.bytes_max;
  }
  void Take(size_t bytes) {
    held_ += bytes;
    if (budget_ != nullptr) budget_->bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }

  const std::shared_ptr<UnreadBudget> budget_;
  size_t held_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_UNREAD_BUDGET_H_
