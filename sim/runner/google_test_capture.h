// GoogleTest's own assertions inside a seed.

#ifndef REHEARSE_SIM_RUNNER_GOOGLE_TEST_CAPTURE_H_
#define REHEARSE_SIM_RUNNER_GOOGLE_TEST_CAPTURE_H_

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace rehearse::sim {

// While it lives, an EXPECT_ or ASSERT_ that fails on this thread fails the seed, and GoogleTest
// hears nothing of it: what a test's seeds amount to is told once, by the process that has them
// all.
class GoogleTestCapture : private testing::TestPartResultArray,
                          private testing::ScopedFakeTestPartResultReporter {
 public:
  GoogleTestCapture();

 private:
  void ReportTestPartResult(const testing::TestPartResult& result) override;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_GOOGLE_TEST_CAPTURE_H_
