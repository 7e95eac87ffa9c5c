#include "rehearse/sim/runner/assertion.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <typeinfo>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/hermetic/demangled.h"

namespace rehearse::sim {

std::optional<std::string> AssertionText(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const RequirementFailed& failed) {
    return failed.text;
  } catch (const rc::detail::CaseResult& result) {
    return "rapidcheck: " + result.description;
  } catch (const testing::AssertionException& failed) {
    return std::string(failed.what());
  } catch (const std::exception& other) {
    // With --gtest_throw_on_failure GoogleTest throws a class that it keeps to itself.
    const std::string name = typeid(other).name();
    if (name.find("GoogleTestFailureException") != std::string::npos) return other.what();
    return std::nullopt;
  } catch (...) {  // none of the above, whatever it is
    return std::nullopt;
  }
}

ThrownVerdict VerdictOf(const std::exception_ptr& thrown) {
  if (std::optional<std::string> text = AssertionText(thrown)) return {Verdict::kSafety, *text};
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return {Verdict::kCrash,
            absl::StrCat("the test threw ", Demangled(typeid(e).name()), ": ", e.what())};
  } catch (...) {  // whatever else a test may throw
    return {Verdict::kCrash, "the test threw what is not a std::exception"};
  }
}

}  // namespace rehearse::sim
