#include "rehearse/sim/runner/expect.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/runner/assertion.h"

namespace rehearse::sim {
namespace {

thread_local FailureSink* innermost = nullptr;

}  // namespace

FailureSink::FailureSink(Take take) : take_(std::move(take)), outer_(innermost) {
  innermost = this;
}
FailureSink::~FailureSink() { innermost = outer_; }

bool FailSeed(Verdict verdict, const std::string& reason) {
  if (innermost == nullptr) return false;
  innermost->take_(verdict, reason);
  return true;
}

namespace internal {

Claim::Claim(const char* file, int line, const std::string& what)
    : place_(absl::StrCat(file, ":", line)), what_(what) {}

Claim::~Claim() {
  if (!told_) Tell(Text());
}

void Claim::Throw() {
  told_ = true;
  const std::string text = Text();
  Tell(text);
  throw RequirementFailed{text};
}

std::string Claim::Text() const {
  const std::string more = more_.str();
  return absl::StrCat(place_, ": ", what_, more.empty() ? "" : ": ", more);
}

void Claim::Tell(const std::string& text) const {
  if (!FailSeed(Verdict::kSafety, text)) ADD_FAILURE() << text;
}

}  // namespace internal
}  // namespace rehearse::sim
