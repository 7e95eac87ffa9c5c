// The actor that scenarios count on.

#ifndef REHEARSE_TESTS_SCENARIO_COUNTER_ACTOR_H_
#define REHEARSE_TESTS_SCENARIO_COUNTER_ACTOR_H_

#include <cstdint>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/actor_ref.h"
#include "tests/scenario/counter.h"

namespace rehearse {

class Counter : public Actor {
 public:
  int64_t Handle(const counter::Inc& inc) { return count_ += inc.amount; }
  int64_t Handle(const counter::Get&) { return count_; }

 private:
  int64_t count_ = 0;
};

using CounterProtocol = Protocol<int64_t(counter::Inc), int64_t(counter::Get)>;

}  // namespace rehearse

#endif  // REHEARSE_TESTS_SCENARIO_COUNTER_ACTOR_H_
