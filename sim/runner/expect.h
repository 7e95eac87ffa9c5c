// REHEARSE_EXPECT and REHEARSE_REQUIRE: claims that fail a seed, in a test's body and in handlers.
//
//   REHEARSE_EXPECT(total <= acknowledged) << "server " << server.name();
//   REHEARSE_EXPECT_EQ(total, 42);
//   REHEARSE_REQUIRE(leader.has_value());                      // nothing after it makes sense
//   without
//
// The first failure is the seed's. EXPECT goes on; REQUIRE throws, which ends a test's body, and a
// handler as a panic would. Outside of a run, both fail the GoogleTest test that is running.

#ifndef REHEARSE_SIM_RUNNER_EXPECT_H_
#define REHEARSE_SIM_RUNNER_EXPECT_H_

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <sstream>
#include <string>

#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

// Takes what fails on this thread, from construction to the end of its life; the innermost one
// does. Whoever plays a seed makes one.
class FailureSink {
 public:
  using Take = std::function<void(Verdict verdict, const std::string& reason)>;

  explicit FailureSink(Take take);
  ~FailureSink();
  FailureSink(const FailureSink&) = delete;
  FailureSink& operator=(const FailureSink&) = delete;

 private:
  friend bool FailSeed(Verdict, const std::string&);
  const Take take_;
  FailureSink* const outer_;
};

// Fails the seed that plays on this thread; false if there is none.
bool FailSeed(Verdict verdict, const std::string& reason);

// The macros' business from here on.
namespace internal {

// Collects what is streamed into a failed claim. Its end of life tells, unless it was thrown.
class Claim {
 public:
  Claim(const char* file, int line, const std::string& what);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

  template <typename T>
  Claim& operator<<(const T& value) {
    more_ << value;
    return *this;
  }

  [[noreturn]] void Throw();

 private:
  std::string Text() const;
  void Tell(const std::string& text) const;

  const std::string place_;
  const std::string what_;
  std::ostringstream more_;
  bool told_ = false;
};

// & binds looser than <<, so that all has been streamed when it throws.
struct Throw {
  [[noreturn]] void operator&(Claim& claim) const { claim.Throw(); }
};

// What is wrong with `left op right`, or nothing.
template <typename Left, typename Right, typename Holds>
std::optional<std::string> Compare(const Left& left, const Right& right, const char* claim,
                                   const Holds& holds) {
  if (holds(left, right)) return std::nullopt;
  return std::string(claim) + "; got " + testing::PrintToString(left) + " and " +
         testing::PrintToString(right);
}

}  // namespace internal
}  // namespace rehearse::sim

// So that an else after one of these doesn't become theirs.
#define REHEARSE_OWN_ELSE_ \
  switch (0)               \
  case 0:                  \
  default:

#define REHEARSE_EXPECT(condition)     \
  REHEARSE_OWN_ELSE_ if (condition) {} \
  else /* NOLINT */                    \
      ::rehearse::sim::internal::Claim(__FILE__, __LINE__, "expected " #condition)

#define REHEARSE_REQUIRE(condition)        \
  REHEARSE_OWN_ELSE_ if (condition) {}     \
  else /* NOLINT */                        \
      ::rehearse::sim::internal::Throw() & \
      ::rehearse::sim::internal::Claim(__FILE__, __LINE__, "required " #condition) << ""

#define REHEARSE_EXPECT_COMPARISON_(left, op, right)                                \
  REHEARSE_OWN_ELSE_ if (auto rehearse_wrong = ::rehearse::sim::internal::Compare(  \
                             (left), (right), "expected " #left " " #op " " #right, \
                             [](const auto& l, const auto& r) { return l op r; });  \
                         !rehearse_wrong.has_value()) {}                            \
  else /* NOLINT */                                                                 \
      ::rehearse::sim::internal::Claim(__FILE__, __LINE__, *rehearse_wrong)

#define REHEARSE_EXPECT_EQ(left, right) REHEARSE_EXPECT_COMPARISON_(left, ==, right)
#define REHEARSE_EXPECT_NE(left, right) REHEARSE_EXPECT_COMPARISON_(left, !=, right)
#define REHEARSE_EXPECT_LT(left, right) REHEARSE_EXPECT_COMPARISON_(left, <, right)
#define REHEARSE_EXPECT_LE(left, right) REHEARSE_EXPECT_COMPARISON_(left, <=, right)
#define REHEARSE_EXPECT_GT(left, right) REHEARSE_EXPECT_COMPARISON_(left, >, right)
#define REHEARSE_EXPECT_GE(left, right) REHEARSE_EXPECT_COMPARISON_(left, >=, right)

#endif  // REHEARSE_SIM_RUNNER_EXPECT_H_
