// Messages of one stream that wait for room in their actors' mailboxes.
//
// A full mailbox holds up nobody but those who send to it: what comes for it is kept here, in
// order. That is as much as its senders have credit for (flow.h), and is counted in the stream's
// Outbox: a peer that sends more all the same is not read any more.

#ifndef REHEARSE_NET_REMOTE_BERTHS_H_
#define REHEARSE_NET_REMOTE_BERTHS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "rehearse/actor/internal/cell_ref.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/remote/outbox.h"

namespace rehearse::net {

// What a peer is to be told of a message that it sent.
struct Receipt {
  std::string target;  // as the peer calls the actor
  bool is_ask = false;
  uint64_t request_id = 0;  // of an ask, or of a tell that is to be answered; else 0
  uint64_t sequence = 0;    // of a tell that may come again; else 0
  uint64_t place = 0;       // on its stream, of what waits for room; else 0
};

class Berths {
 public:
  // Told how each message fared, which is its own if that is not OK.
  using Settle = std::function<void(EnvelopePtr message, const Receipt&, const SendResult&)>;

  // Both outlive it. `on_empty` is called when all is settled.
  Berths(Node& node, Outbox& outbox, Settle settle, std::function<void()> on_empty)
      : node_(node), outbox_(outbox), settle_(std::move(settle)), on_empty_(std::move(on_empty)) {}

  // For the reader. Whether others wait for room in that mailbox: then the next waits behind them.
  bool Holds(const internal::Cell& actor) const;
  // `message`, of so many bytes, waits for room. `owner` owns this.
  void Put(const internal::CellRef& actor, EnvelopePtr message, const Receipt& receipt,
           size_t bytes, std::shared_ptr<void> owner);

  // What waits is refused (kCancelled).
  void Close();
  // Whether all is settled.
  bool empty() const { return count_.load(std::memory_order_acquire) == 0; }

 private:
  struct Waiting {
    EnvelopePtr message;
    Receipt receipt;
    size_t bytes = 0;
  };
  struct Berth {
    internal::CellRef actor;
    std::deque<Waiting> line;
    Task* task = nullptr;  // counted
  };

  void Fill(uint64_t number);
  bool TakeNext(uint64_t number, internal::CellRef& actor, Waiting& next);

  Node& node_;
  Outbox& outbox_;
  const Settle settle_;
  const std::function<void()> on_empty_;
  std::atomic<size_t> count_{0};

  mutable SpinLock lock_;             // over what follows
  std::map<uint64_t, Berth> berths_;  // by the actor's number
  bool closed_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_BERTHS_H_
