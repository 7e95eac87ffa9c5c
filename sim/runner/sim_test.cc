#include "rehearse/sim/runner/sim_test.h"

#include <gtest/gtest.h>

#include <utility>

namespace rehearse::sim {
namespace {

std::vector<SimTest>& Registered() {
  static auto* const tests = new std::vector<SimTest>();
  return *tests;
}

SimTestRunner* runner = nullptr;

// GoogleTest's side of a SimTest.
class GoogleTestSide : public testing::Test {
 public:
  explicit GoogleTestSide(size_t index) : index_(index) {}

  void TestBody() override {
    if (runner == nullptr) {
      FAIL() << "nobody here plays seeds: link //sim/runner:rehearse_main instead of another main";
    }
    runner->RunTest(index_);
  }

 private:
  const size_t index_;
};

}  // namespace

bool RegisterSimTest(SimTest test) {
  const size_t index = Registered().size();
  testing::RegisterTest(test.suite.c_str(), test.name.c_str(), nullptr, nullptr, test.file,
                        test.line,
                        [index]() -> testing::Test* { return new GoogleTestSide(index); });
  Registered().push_back(std::move(test));
  return true;
}

const std::vector<SimTest>& SimTests() { return Registered(); }

void SetSimTestRunner(SimTestRunner* new_runner) { runner = new_runner; }

}  // namespace rehearse::sim
