// Histories that are right by construction: what clients would see of objects that are atomic.

#ifndef REHEARSE_SIM_CHECK_TESTING_ATOMIC_OBJECT_WORKLOAD_H_
#define REHEARSE_SIM_CHECK_TESTING_ATOMIC_OBJECT_WORKLOAD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/recorded_history.h"

namespace rehearse::sim {

// The real thing, in a few lines of the standard library.
class AtomicObject {
 public:
  virtual ~AtomicObject() = default;

  // Does the operation and returns its result.
  virtual std::string Do(absl::string_view operation, absl::string_view argument) = 0;
};

struct Request {
  std::string operation;
  std::string argument;
};

// One kind of object.
struct AtomicKind {
  std::function<std::unique_ptr<AtomicObject>()> make;
  // What a client asks for next; `number` is another one at each call.
  std::function<Request(Random& random, uint64_t number)> draw;
};

AtomicKind AtomicQueue();
AtomicKind AtomicSet();  // of five different values
AtomicKind AtomicLog();

struct AtomicObjectOptions {
  uint64_t operations = 1000;
  uint64_t clients = 8;  // each has one operation at a time, and nearly always has one
  uint64_t objects = 1;
  Ratio failed = Ratio::Never();
  Ratio unknown = Ratio::Never();  // takes effect late or never, with even odds
};

// At each tick one client moves from "begun" to "took effect" to "ended".
class AtomicObjectWorkload {
 public:
  AtomicObjectWorkload(AtomicKind kind, const AtomicObjectOptions& options, Random random);

  // The whole history; the last operations may not have ended. Call it once.
  std::vector<Operation> Run();

 private:
  enum class Phase : uint8_t { kIdle, kBegun, kTookEffect };

  struct Client {
    Phase phase = Phase::kIdle;
    uint64_t number = 0;  // of its operation
    Outcome outcome = Outcome::kOk;
    std::string object;
    Request request;
    std::string result;
  };

  void Tick();
  void Begin(uint64_t process, Client& client);
  void TakeEffect(Client& client);
  void TakeLateEffect();
  AtomicObject& At(const std::string& object);

  const AtomicKind kind_;
  const AtomicObjectOptions options_;
  Random random_;
  RecordedHistory history_;
  std::vector<Client> clients_;
  std::map<std::string, std::unique_ptr<AtomicObject>> objects_;
  std::vector<Client> late_;  // those that may yet take effect
  uint64_t ticks_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_TESTING_ATOMIC_OBJECT_WORKLOAD_H_
