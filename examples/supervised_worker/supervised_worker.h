// A worker that panics on a bad job, and a supervisor that brings it back.
//
//   bazel run //examples/supervised_worker

#ifndef EXAMPLES_SUPERVISED_WORKER_SUPERVISED_WORKER_H_
#define EXAMPLES_SUPERVISED_WORKER_SUPERVISED_WORKER_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/supervision/supervisor.h"

namespace examples::supervised_worker {

struct Entry {
  std::string amount;
};
struct GetTotal {};

using Say = std::function<void(const std::string&)>;

// Adds amounts up. It has a bug: std::stoi throws at what is no number, and an exception that
// leaves a handler is a panic. No other actor notices.
class Clerk : public rehearse::Actor {
 public:
  explicit Clerk(Say say) : say_(std::move(say)) {}

  absl::Status OnStart() override {
    say_("the clerk begins at 0");
    return absl::OkStatus();
  }
  void OnStop(const rehearse::ExitReason& reason) override {
    say_(absl::StrCat("the clerk ends: ", reason.ToString()));
  }

  void Handle(const Entry& entry) {
    total_ += std::stoi(entry.amount);
    say_(absl::StrCat("adds ", entry.amount, ": ", total_));
  }
  int Handle(const GetTotal&) { return total_; }

 private:
  const Say say_;
  int total_ = 0;
};

// Sends all entries at once, then asks for the total. After a panic the supervisor builds another
// Clerk in the place of the first, from copies of the same arguments. The ref is the same, and what
// waits in the mailbox waits on, the ask too; the bad entry is lost, and so is the total until
// then.
inline absl::StatusOr<int> AddUp(rehearse::Node& node, const std::vector<std::string>& amounts,
                                 const Say& say) {
  const auto office = node.Spawn<rehearse::Supervisor>(
      rehearse::SupervisorOptions{.limit = {.restarts = 3, .window = absl::Minutes(1)}});
  const auto clerk = rehearse::SuperviseBy<Clerk>(office, {}, say);
  if (!clerk.ok()) return clerk.status();
  for (const std::string& amount : amounts) clerk->Tell(Entry{amount});
  return clerk->Ask(GetTotal{});
}

}  // namespace examples::supervised_worker

#endif  // EXAMPLES_SUPERVISED_WORKER_SUPERVISED_WORKER_H_
