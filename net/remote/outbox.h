// What is owed to a peer on a stream that it opened: asks in progress, messages that wait for room
// in a mailbox, and frames that it has not taken yet.
//
// What a peer can pile up here is bounded: while it is as much as may be, whoever reads its stream
// waits, and so its writes wait. A frame with nothing in front of it goes to the stream at once;
// the task that writes is for those that find no room there.

#ifndef REHEARSE_NET_REMOTE_OUTBOX_H_
#define REHEARSE_NET_REMOTE_OUTBOX_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/remote_counters.h"

namespace rehearse::net {

// Any fiber of the node; one reader and one writer.
class Outbox {
 public:
  // Asks in progress and frames not taken, together.
  static constexpr size_t kOwedMax = 4096;
  // Of frames not taken. Asks in progress may still add theirs.
  static constexpr size_t kBytesMax = size_t{1} << 20;
  // Messages that wait for room, and their bytes.
  static constexpr size_t kHeldMax = 65536;
  static constexpr size_t kHeldBytesMax = size_t{16} << 20;

  // `node` and `counters` outlive it.
  Outbox(Node& node, RemoteCounters& counters, std::shared_ptr<Stream> stream)
      : node_(node), counters_(counters), stream_(std::move(stream)) {}

  // One ask more, or fewer, is in progress.
  void BeginAsk();
  void EndAsk();

  // A message of so many bytes waits here for room elsewhere; and it does no more.
  void Hold(size_t bytes);
  void LetGo(size_t bytes);

  // Writes or queues a frame; `asks_over` of those in progress are answered by it. Never waits.
  void Add(std::string frame, size_t asks_over = 0);

  // For the reader: waits until there is room for more.
  //   kUnavailable  it was closed.
  //   kCancelled    the caller is being stopped.
  absl::Status AwaitRoom();

  // For the writer: writes what is queued, until it is closed or the stream ends.
  void WriteQueued();

  // What is in it is forgotten, and whoever waits returns.
  void Close();

 private:
  bool HasRoom() const {
    return in_progress_ + frames_.size() < kOwedMax && bytes_ < kBytesMax && held_ < kHeldMax &&
           held_bytes_ < kHeldBytesMax;
  }
  bool IsOnFiberOfNode() const;
  void WriteAtOnce(std::string& frame);
  void Count(const std::string& frame);
  bool AwaitFrame();
  std::string TakeFrame();

  Node& node_;
  RemoteCounters& counters_;
  const std::shared_ptr<Stream> stream_;

  SpinLock lock_;            // over what follows
  bool is_writing_ = false;  // somebody does, and what is queued goes behind that
  std::deque<std::string> frames_;
  size_t bytes_ = 0;
  size_t in_progress_ = 0;  // asks
  size_t held_ = 0;         // messages that wait
  size_t held_bytes_ = 0;
  WaitToken reader_;  // while it waits for room
  WaitToken writer_;
  bool closed_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_OUTBOX_H_
