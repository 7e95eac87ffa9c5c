// The examples that have no world of their own, each in one: what it does in its main, under many
// schedules, beside rare paths and a host that is slow now and then.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "examples/function_actor/function_actor.h"
#include "examples/hello_actor/hello_actor.h"
#include "examples/ping_pong/ping_pong.h"
#include "examples/pool/pool.h"
#include "examples/pubsub_chat/pubsub_chat.h"
#include "examples/rate_limiter/rate_limiter.h"
#include "examples/supervised_worker/supervised_worker.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace rehearse {
namespace {

// Two nodes of `program`, each to its end, and what they came to as marks in the trace.
void PlayToTheEnd(sim::World& world, const Program& program) {
  world.AddNodes("node", 2, [program](Node& node) -> absl::Status {
    REHEARSE_RETURN_IF_ERROR(program(node));
    node.Shutdown();
    return absl::OkStatus();
  });
  world.Inject(sim::Swarm{.horizon = absl::Seconds(1), .crashes_max = 0});
  world.HealAndSettle(absl::Hours(2),
                      [&world] { return !world.nodes()[0].up() && !world.nodes()[1].up(); });
}

void Say(Node& node, const std::string& line) { node.log().Write(Severity::kInfo, line); }

REHEARSE_TEST(SmallExamples, Hello) {
  PlayToTheEnd(world, [](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const std::string greeting,
                              examples::hello_actor::Hello(node, "Ada"));
    Say(node, greeting);
    REHEARSE_EXPECT_EQ(greeting, "Hello, Ada! I have greeted 2 so far.");
    return absl::OkStatus();
  });
}

REHEARSE_TEST(SmallExamples, Turnstile) {
  PlayToTheEnd(world, [](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto visit, examples::function_actor::TryTurnstile(node));
    REHEARSE_EXPECT(visit.with_coin && !visit.without_coin && !visit.again);
    return absl::OkStatus();
  });
}

REHEARSE_TEST(SmallExamples, PingPong) {
  PlayToTheEnd(world, [](Node& node) { return examples::ping_pong::Play(node, 100); });
}

REHEARSE_TEST(SmallExamples, Pool) {
  PlayToTheEnd(world, [](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto batch,
                              examples::pool::DevelopAll(node, 3, 7, absl::Seconds(1)));
    Say(node, absl::StrCat(batch.most, " by one, in ", absl::FormatDuration(batch.took)));
    return absl::OkStatus();
  });
}

REHEARSE_TEST(SmallExamples, Chat) {
  PlayToTheEnd(world, [](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto heard, examples::pubsub_chat::Chat(node));
    for (const std::string& line : heard) Say(node, line);
    REHEARSE_EXPECT_EQ(heard.size(), 2u);
    return absl::OkStatus();
  });
}

REHEARSE_TEST(SmallExamples, RateLimiter) {
  PlayToTheEnd(world, [](Node& node) {
    return examples::rate_limiter::Hurry(
        node, {.burst = 2, .period = absl::Milliseconds(100)}, 10,
        [&node](int count, absl::Duration after) {
          Say(node, absl::StrCat(count, " after ", absl::FormatDuration(after)));
        });
  });
}

REHEARSE_TEST(SmallExamples, SupervisedWorker) {
  PlayToTheEnd(world, [](Node& node) -> absl::Status {
    const auto total = examples::supervised_worker::AddUp(
        node, {"20", "a dozen", "30", "7"}, [&node](const std::string& line) { Say(node, line); });
    REHEARSE_RETURN_IF_ERROR(total.status());
    REHEARSE_EXPECT_EQ(*total, 37);
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace rehearse
