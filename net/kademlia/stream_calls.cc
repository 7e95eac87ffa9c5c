#include "rehearse/net/kademlia/stream_calls.h"

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/kademlia/kad_stream.h"

namespace rehearse::net {
namespace {

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
  ~Place() { Finish(absl::UnavailableError("kademlia: this node is ending")); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void Finish(absl::StatusOr<std::string> answer) {
    if (done_ == nullptr) return;
    {
      const std::lock_guard<SpinLock> lock(shared_->lock);
      --shared_->calls;
    }
    std::exchange(done_, nullptr)(std::move(answer));
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
    const std::lock_guard<SpinLock> lock(shared_->lock);
    full = shared_->calls >= shared_->calls_max;
    ++shared_->calls;
  }
  auto place = std::make_unique<Place>(shared_, std::move(done));
  Task::Start(domain_, "kademlia call",
              [shared = shared_, to, request = std::move(request), answered, deadline, full,
               place = std::move(place)] {
                place->Finish(full ? absl::UnavailableError(absl::StrCat(
                                         "kademlia: ", shared->calls_max, " calls are under way"))
                                   : CallOnce(shared->open, to, request, answered, deadline));
              })
      .Unref();
}

}  // namespace rehearse::net
