// A world of one clock and one stream of chance, to try the runner without the real one.

#ifndef REHEARSE_SIM_RUNNER_TESTING_TOY_WORLD_H_
#define REHEARSE_SIM_RUNNER_TESTING_TOY_WORLD_H_

#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/sim/hermetic/hooks.h"
#include "rehearse/sim/runner/expect.h"
#include "rehearse/sim/runner/sim_test.h"
#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

class ToyWorld : private HermeticSeams {
 public:
  explicit ToyWorld(const RunOptions& options);
  ~ToyWorld() override;

  // A millisecond later, `what` happened.
  void Event(absl::string_view what);
  void Fail(Verdict verdict, const std::string& reason);

  Random& random() { return random_; }
  const RunOptions& options() const { return options_; }
  RunResult Finish();

 private:
  int64_t BootNanos() override { return now_; }
  int64_t WallNanos() override { return 1'000'000'000'000'000'000 + now_; }
  void SleepFor(int64_t nanos) override { now_ += nanos; }
  void RandomBytes(void* out, size_t bytes) override;
  std::string HostName() override { return "toy"; }
  int32_t ProcessId() override { return 1; }
  void Refused(const char* what, const std::string& caller) override;

  const RunOptions options_;
  HermeticSeams* const outer_;
  Random random_;
  Random entropy_;
  int64_t now_ = 0;
  RunResult result_;
  FailureSink sink_;
};

SeedFunction PlayToyWorld(void (*body)(ToyWorld& world));

}  // namespace rehearse::sim

#define TOY_TEST(test_suite, test_name)                                             \
  static void ToyBody_##test_suite##_##test_name(::rehearse::sim::ToyWorld& world); \
  [[maybe_unused]] static const bool toy_registered_##test_suite##_##test_name =    \
      ::rehearse::sim::RegisterSimTest(                                             \
          {#test_suite, #test_name, __FILE__, __LINE__,                             \
           ::rehearse::sim::PlayToyWorld(&ToyBody_##test_suite##_##test_name)});    \
  static void ToyBody_##test_suite##_##test_name([[maybe_unused]] ::rehearse::sim::ToyWorld& world)

#endif  // REHEARSE_SIM_RUNNER_TESTING_TOY_WORLD_H_
