// Watching over the actors of one other node for those of this one.
//
// A stream of its own, so that news of a death waits behind no message. It stands while anybody
// here watches an actor there. Both sides bring it to life again after a break, and nothing is told
// for that: what was watched is watched again, and a death that happened meanwhile is told then. A
// node that is silent for `lost_after`, or is found to have started anew, is lost: all that is
// watched there has ended.
//
// Each stand-in is ended here once and for all, whatever comes later; so its watchers are told
// exactly once. News of a node is believed on the stream that this one opened to it alone.

#ifndef REHEARSE_NET_REMOTE_VIGIL_H_
#define REHEARSE_NET_REMOTE_VIGIL_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/internal/weak_cell.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/lives.h"
#include "rehearse/net/remote/remote_counters.h"
#include "rehearse/net/remote/session_options.h"

namespace rehearse::net {

struct LifeSignal;

// Any fiber of the node, unless said otherwise.
class Vigil : public std::enable_shared_from_this<Vigil> {
 public:
  // What else hears of it. On its task.
  struct Listener {
    std::function<void()> on_round;                       // a fifth of `lost_after` is over
    std::function<void(const std::string& why)> on_lost;  // the node is lost
  };

  // What is passed by reference is the router's, who outlives it.
  Vigil(Node& node, Network& network, Lives& lives, RemoteCounters& counters, std::string peer,
        std::string address, const SessionOptions& options, Listener listener);

  // Others watch `stand_in`, of an actor over there, than before. Never waits. Any thread.
  void WatchersChanged(internal::Cell& stand_in);

  // Ends the stream; nothing is told any more.
  void Close();

 private:
  // An actor of this node that the other one was told to be linked.
  struct Linked {
    internal::WeakCell actor;
    bool told = false;  // on this stream
  };
  // What is watched over there.
  struct Watched {
    internal::WeakCell stand_in;
    uint64_t actor = 0;                // its number there, once it is known
    uint64_t incarnation = 0;          // of the node when it was first asked for
    bool asked = false;                // on this stream
    std::map<uint64_t, Linked> links;  // actors of this node, by their numbers
  };
  using ByNumber = std::map<uint64_t, Watched>;

  // On the task.
  void Keep();
  bool IsOver();
  bool NothingToDo();
  bool IsHeardInRound();
  bool AwaitChange(Instant deadline, bool may_be_woken);
  absl::Status Connect(Instant deadline);
  void Meet(uint64_t incarnation);
  absl::Status SayChanges(Instant deadline);
  absl::Status Say(const LifeSignal& signal, Instant deadline);
  std::vector<LifeSignal> TakeChanges();
  void AddLinks(uint64_t number, Watched& watched, std::vector<LifeSignal>& changes);
  void Lose(absl::string_view why);

  // On the task that reads.
  void Read(const std::shared_ptr<Stream>& stream);
  absl::Status OnSignal(absl::string_view frame);

  void Broke(const std::shared_ptr<Stream>& stream);
  static void End(const std::vector<internal::WeakCell>& ended, const ExitReason& reason);

  Node& node_;
  Network& network_;
  Lives& lives_;
  RemoteCounters& counters_;
  const std::string peer_;
  const std::string address_;
  const SessionOptions options_;
  const Listener listener_;

  SpinLock lock_;  // over what follows
  ByNumber watched_;
  std::deque<uint64_t> changed_;  // numbers, perhaps twice
  std::shared_ptr<Stream> stream_;
  WaitToken keeper_;
  uint64_t incarnation_ = 0;  // of the node, as last met
  bool running_ = false;      // the task
  bool heard_ = false;        // in this round
  bool closed_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_VIGIL_H_
