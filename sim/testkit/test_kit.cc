#include "rehearse/sim/testkit/test_kit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <exception>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/sim/world/sim_node.h"

namespace rehearse::sim {
namespace {

// How many of the last events a failure shows.
constexpr size_t kEventsShown = 12;
// The longest that one call lets pass: virtual time has an end.
constexpr absl::Duration kStretchMax = absl::Hours(24 * 365);
// What a body that is killed may still take for its clean-up.
constexpr absl::Duration kKillLimit = absl::Seconds(1);
// How long the node's end may take; actors that do not end are killed well before.
constexpr absl::Duration kEndLimit = absl::Hours(1);

std::unique_ptr<World> MakeWorld(uint64_t seed, EventRing& ring) {
  RunOptions options;
  options.seed = seed;
  options.ring = &ring;
  return std::make_unique<World>(options);
}

// How a body ended. Shared with its fiber, which a failed world leaves behind.
struct BodyEnd {
  bool ended = false;
  std::exception_ptr thrown;
};

}  // namespace

TestKit::TestKit(const TestKitOptions& options)
    : options_(options),
      own_world_(MakeWorld(options.seed, last_events_)),
      world_(own_world_.get()),
      node_(world_->AddNode("node", [](Node&) { return absl::OkStatus(); })),
      life_(node_.sim().current) {}

TestKit::TestKit(World& world, NodeHandle node, const TestKitOptions& options)
    : options_(options), world_(&world), node_(node), life_(nullptr) {}

TestKit::~TestKit() {
  if (own_world_ != nullptr) EndNode();
}

// The world leaves a node's life where it is, since a run ends with its process. A test does not:
// where all has ended in good order, nothing points into that life any more, and it goes.
void TestKit::EndNode() {
  TellIfWorldFailed(Place::Here());
  const bool first_life = node_.incarnation() == 1 && !node_.sim().crashed;
  if (world_->failed() || !first_life) return;
  if (node_.up()) {
    world_->Resume(node_);
    world_->Stop(node_);
  }
  const auto ended = [this] { return !node_.up() && life_->node.tasks() == 0; };
  if (!RunUntil(ended, kEndLimit)) return;
  if (life_->node.family().newest != nullptr) return;  // somebody could not be killed
  life_->program->Unref();
  delete life_;
}

ExitReason TestKit::ExpectExit(const AnyRef& actor, absl::Duration within, Place place) {
  const absl::StatusOr<ExitReason> reason = Run([&] { return actor.Join(within); }, place);
  if (reason.ok()) return *reason;
  EndTest(place,
          absl::StrCat(actor.ToString(), " should have ended by ", now().ToString(), ", within ",
                       absl::FormatDuration(within), ": ", reason.status().ToString()));
}

void TestKit::RunBody(absl::FunctionRef<void()> body, Place place) {
  const auto end = std::make_shared<BodyEnd>();
  const auto ended = [end] { return end->ended; };
  Task& task = Task::Start(
      node(), "test", [body] { body(); },
      [end](GuardResult, const std::exception_ptr& thrown) {
        end->ended = true;
        end->thrown = thrown;
      });
  if (!RunUntil(ended, options_.run_limit, place)) {
    task.RequestKill();
    (void)RunUntil(ended, kKillLimit, place);
    task.Unref();
    EndTest(place, absl::StrCat("a body given to Run has not returned by ", now().ToString(),
                                ", within ", absl::FormatDuration(options_.run_limit)));
  }
  task.Unref();
  if (end->thrown != nullptr) std::rethrow_exception(end->thrown);
}

void TestKit::RunFor(absl::Duration length, Place place) {
  (void)RunUntil([] { return false; }, length, place);
}

bool TestKit::RunUntil(const std::function<bool()>& done, absl::Duration limit, Place place) {
  if (CurrentWorker() != nullptr) {
    EndTest(place,
            "the kit lets time pass for its own thread only: in an actor, or in the body "
            "of a Run, wait with Ask, Join or Sleep");
  }
  const bool was_done = world_->RunUntil(done, std::min(limit, kStretchMax));
  TellIfWorldFailed(place);
  return was_done;
}

void TestKit::TellIfWorldFailed(Place place) {
  if (own_world_ == nullptr || !world_->failed()) return;
  if (std::exchange(told_world_failed_, true)) return;
  AddFailure(place, absl::StrCat("the kit's world has failed, and does nothing more: ",
                                 world_->Finish().reason));
}

void TestKit::AddFailure(Place place, const std::string& what) const {
  std::string events;
  if (own_world_ != nullptr) {  // else whoever runs the world shows them
    const std::vector<std::string> lines = last_events_.Lines();
    const size_t shown = std::min(lines.size(), kEventsShown);
    for (size_t i = lines.size() - shown; i < lines.size(); ++i) {
      absl::StrAppend(&events, i + shown == lines.size() ? "\nThe last events:" : "", "\n  ",
                      lines[i]);
    }
  }
  ADD_FAILURE_AT(place.file, place.line) << what << events;
}

void TestKit::EndTest(Place place, const std::string& what) const {
  AddFailure(place, what);
  throw testing::AssertionException(testing::TestPartResult(
      testing::TestPartResult::kNonFatalFailure, place.file, place.line, what.c_str()));
}

}  // namespace rehearse::sim
