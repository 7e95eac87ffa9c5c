// A test that runs once for each seed, and how it is registered with GoogleTest.

#ifndef REHEARSE_SIM_RUNNER_SIM_TEST_H_
#define REHEARSE_SIM_RUNNER_SIM_TEST_H_

#include <functional>
#include <string>
#include <vector>

#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

// Plays one seed from beginning to end. It may throw, crash, hang or print: that fails the seed.
using SeedFunction = std::function<RunResult(const RunOptions&)>;

struct SimTest {
  std::string suite;
  std::string name;
  const char* file = "";
  int line = 0;
  SeedFunction run;

  std::string full_name() const { return suite + "." + name; }
};

// Plays a test's seeds and tells GoogleTest; main() has one.
class SimTestRunner {
 public:
  virtual ~SimTestRunner() = default;

  // Called by GoogleTest while it runs test number `index` of SimTests().
  virtual void RunTest(size_t index) = 0;
};

// Before main(), as REHEARSE_TEST does. The value means nothing.
bool RegisterSimTest(SimTest test);

// In the order of registration.
const std::vector<SimTest>& SimTests();

// Who runs them; set by main() before RUN_ALL_TESTS. Without one each test fails and says what to
// link.
void SetSimTestRunner(SimTestRunner* runner);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_SIM_TEST_H_
