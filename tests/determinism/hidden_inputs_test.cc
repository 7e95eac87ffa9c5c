// What no run can answer is found in the code: instructions that ask the processor, and system
// calls that are made directly.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse::sim {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

SubprocessResult Look(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {Runfile("tools/hidden_inputs")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunSubprocess(command, {.environment = {"PATH=/usr/bin:/bin"}});
}

TEST(HiddenInputsTest, AProgramThatAsksTheProcessorIsRefusedAndThePlaceNamed) {
  const SubprocessResult found = Look({Runfile("tests/determinism/leaks")});
  EXPECT_EQ(found.exit_code, 1) << found.err;
  EXPECT_THAT(found.out, ContainsRegex("leaks.cc:[0-9]+: [^\n]*CountCycles[^\n]*: rdtsc; ask "));
  EXPECT_THAT(found.out, ContainsRegex("leaks.cc:[0-9]+: [^\n]*ReadHostClock[^\n]*: syscall; "));
  EXPECT_THAT(found.out, ContainsRegex("leaks.cc:[0-9]+: [^\n]*DrawSystemCall[^\n]*: syscall; "));
}

TEST(HiddenInputsTest, WhatIsAllowedIsNot) {
  const SubprocessResult found = Look(
      {"--allow=CountCycles|ReadHostClock|DrawSystemCall", Runfile("tests/determinism/leaks")});
  EXPECT_EQ(found.exit_code, 0) << found.out << found.err;
}

TEST(HiddenInputsTest, AProgramOnTheFrameworkAloneAsksNobody) {
  const SubprocessResult found = Look({Runfile("tests/determinism/small_examples_sim_test")});
  EXPECT_EQ(found.exit_code, 0) << found.out << found.err;
}

TEST(HiddenInputsTest, WhatItCannotLookAtIsAUsageError) {
  EXPECT_EQ(Look({}).exit_code, 2);
  EXPECT_EQ(Look({"--quietly"}).exit_code, 2);
  EXPECT_EQ(Look({"--allow=(", "/bin/true"}).exit_code, 2);
  const SubprocessResult nowhere = Look({"/nowhere"});
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("/nowhere"));
}

}  // namespace
}  // namespace rehearse::sim
