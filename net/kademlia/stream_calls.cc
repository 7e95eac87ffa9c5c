#include "rehearse/net/kademlia/stream_calls.h"

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/kademlia/kad_stream.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;

absl::StatusOr<std::string> CallOnce(StreamCalls::Open& open, const KadPeer& to,
                                     const std::string& request, KadCalls::Answered answered,
                                     Instant deadline) {
  absl::StatusOr<std::unique_ptr<StreamSocket>> stream = open(to, deadline);
  if (!stream.ok()) return stream.status();
  return AskOnStream(**stream, request, answered, deadline);
}

}  // namespace

// Answers, whatever becomes of the fiber: a task that is killed unwinds through this.
class StreamCalls::Place {
 public:
  Place(std::shared_ptr<Shared> shared, Done done)
      : shared_(std::move(shared)), done_(std::move(done)) {}
  ~Place() { Finish(absl::CancelledError("kademlia: this node is ending")); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // The call counts until whoever asked has been told.
  void Finish(absl::StatusOr<std::string> answer) {
    if (done_ == nullptr) return;
    std::exchange(done_, nullptr)(std::move(answer));
    std::vector<WaitToken> waiters;
    {
      const Guard lock(shared_->lock);
      if (--shared_->calls == 0) waiters = std::exchange(shared_->waiters, {});
    }
    for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
  }

 private:
  const std::shared_ptr<Shared> shared_;
  Done done_;
};

StreamCalls::StreamCalls(Domain& domain, Open open, size_t calls_max)
    : domain_(domain), shared_(std::make_shared<Shared>()) {
  shared_->open = std::move(open);
  shared_->calls_max = calls_max;
}

void StreamCalls::Call(const KadPeer& to, std::string request, Answered answered, Instant deadline,
                       Done done) {
  bool full = false;
  {
    const Guard lock(shared_->lock);
    full = shared_->calls >= shared_->calls_max;
    ++shared_->calls;
  }
  auto place = std::make_unique<Place>(shared_, std::move(done));
  Task::Start(domain_, "kademlia call",
              [shared = shared_, to, request = std::move(request), answered, deadline, full,
               place = std::move(place)] {
                place->Finish(full ? absl::ResourceExhaustedError(absl::StrCat(
                                         "kademlia: ", shared->calls_max, " calls are under way"))
                                   : CallOnce(shared->open, to, request, answered, deadline));
              })
      .Unref();
}

absl::Status StreamCalls::AwaitCalls(Instant deadline) {
  while (true) {
    Wait wait(domain_.scheduler(), "AwaitCalls");
    size_t left = 0;
    {
      const Guard lock(shared_->lock);
      left = shared_->calls;
      if (left == 0) return absl::OkStatus();
      shared_->waiters.push_back(wait.token());
    }
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) {
      return WaitStatus(reason, absl::StrCat("wait for ", left, " kademlia calls to end"));
    }
  }
}

}  // namespace rehearse::net
