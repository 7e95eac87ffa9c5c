// Histories that are right by construction: what clients would see of registers that are atomic.

#ifndef REHEARSE_SIM_CHECK_ATOMIC_REGISTER_WORKLOAD_H_
#define REHEARSE_SIM_CHECK_ATOMIC_REGISTER_WORKLOAD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/recorded_history.h"

namespace rehearse::sim {

struct AtomicRegisterOptions {
  uint64_t operations = 1000;
  uint64_t clients = 8;  // each has one operation at a time, and nearly always has one
  uint64_t objects = 1;
  uint64_t values = 0;  // as many are written over and over; 0: each write has its own
  Ratio reads = Ratio::Percent(50);
  Ratio failed = Ratio::Never();
  // A write of unknown outcome takes effect late or never, with even odds.
  Ratio unknown = Ratio::Never();
};

// A dozen lines of a world: at each tick one client moves from "begun" to "took effect" to "ended".
class AtomicRegisterWorkload {
 public:
  AtomicRegisterWorkload(const AtomicRegisterOptions& options, Random random);

  // The whole history; the last operations may not have ended. Call it once.
  std::vector<Operation> Run();

 private:
  enum class Phase : uint8_t { kIdle, kBegun, kTookEffect };

  struct Client {
    Phase phase = Phase::kIdle;
    uint64_t number = 0;  // of its operation
    bool reads = false;
    Outcome outcome = Outcome::kOk;
    std::string object;
    std::string value;  // written, or read
  };

  void Tick();
  void Begin(uint64_t process, Client& client);
  void TakeEffect(Client& client);
  void End(Client& client);
  std::string NextValue();

  const AtomicRegisterOptions options_;
  Random random_;
  RecordedHistory history_;
  std::vector<Client> clients_;
  std::map<std::string, std::string> registers_;  // all empty at first
  std::vector<Client> late_;                      // writes that may yet take effect
  uint64_t ticks_ = 0;
  uint64_t values_written_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_ATOMIC_REGISTER_WORKLOAD_H_
