#include "rehearse/sim/runner/google_test_capture.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/runner/expect.h"

namespace rehearse::sim {

GoogleTestCapture::GoogleTestCapture()
    : ScopedFakeTestPartResultReporter(INTERCEPT_ONLY_CURRENT_THREAD, this) {}

void GoogleTestCapture::ReportTestPartResult(const testing::TestPartResult& result) {
  if (!result.failed()) return;
  const char* const file = result.file_name() == nullptr ? "unknown file" : result.file_name();
  FailSeed(Verdict::kSafety, absl::StrCat(file, ":", result.line_number(), ": ", result.message()));
}

}  // namespace rehearse::sim
