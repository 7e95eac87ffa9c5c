// A World's answers to what goes past the framework to the operating system.

#ifndef REHEARSE_SIM_RUNNER_WORLD_SEAMS_H_
#define REHEARSE_SIM_RUNNER_WORLD_SEAMS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "rehearse/actor/env/random.h"
#include "rehearse/sim/hermetic/hooks.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::sim {

// Answers on this thread while it lives. An actor or program is told by its own node's clock, and a
// sleep of it is a park; the test's body is told the world's time, and a sleep of it lets the world
// run. Entropy comes from the seed, for each node its own. A thread or socket fails the seed and
// names who wanted it.
class WorldSeams final : public HermeticSeams {
 public:
  explicit WorldSeams(World& world);
  ~WorldSeams() override;
  WorldSeams(const WorldSeams&) = delete;
  WorldSeams& operator=(const WorldSeams&) = delete;

 private:
  int64_t BootNanos() override;
  uint64_t Cycles() override;
  int64_t WallNanos() override;
  void SleepFor(int64_t nanos) override;
  void RandomBytes(void* out, size_t bytes) override;
  std::string HostName() override;
  int32_t ProcessId() override;
  void Refused(const char* what, const std::string& caller) override;

  World& world_;
  HermeticSeams* const outer_;
  // Of who draws: a node's program, or the test's body. What one draws moves nothing in another.
  Random& entropy();

  Random entropy_;
  std::map<uint32_t, Random> entropy_of_;  // nodes, by their ids
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_WORLD_SEAMS_H_
