// Tests that fail in every way there is, for the runner's own tests to run.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/sim/runner/expect.h"
#include "rehearse/sim/runner/flags.h"
#include "rehearse/sim/runner/testing/toy_world.h"

namespace rehearse::sim {
namespace {

const bool bug_declared = AddFlag("bug", "plants a defect: late, early");

void Steps(ToyWorld& world, int count) {
  for (int i = 0; i < count; ++i) world.Event(absl::StrCat("step ", world.random().Below(100)));
}

// A pointer that the compiler knows nothing about: it would see through these mistakes.
int* Hidden(int* pointer) {
  asm volatile("" : "+r"(pointer)::"memory");
  return pointer;
}

// A seed of three is unlucky.
bool Unlucky(ToyWorld& world) { return world.options().seed % 3 == 0; }

TOY_TEST(Good, Steps) { Steps(world, 20); }
TOY_TEST(Good, Empty) {}

// --- Claims that don't hold.

TOY_TEST(Claim, ExpectInHandler) {
  Steps(world, 5);
  const std::function<void(int)> handler = [&](int amount) {
    REHEARSE_EXPECT(!Unlucky(world)) << "amount " << amount;
  };
  handler(42);
  Steps(world, 5);
}
TOY_TEST(Claim, Equality) { REHEARSE_EXPECT_EQ(1 + 1, 3) << "arithmetic"; }
TOY_TEST(Claim, Requirement) {
  Steps(world, 2);
  REHEARSE_REQUIRE(world.options().args.size() > 5) << "not enough";
  Steps(world, 100);
}
TOY_TEST(Claim, GoogleTestExpect) {
  Steps(world, 3);
  EXPECT_EQ(2, 3) << "by GoogleTest";
  Steps(world, 3);
}
TOY_TEST(Claim, GoogleTestAssert) { ASSERT_TRUE(false) << "by GoogleTest"; }
TOY_TEST(Claim, RapidCheck) { RC_ASSERT(1 == 2); }
TOY_TEST(Claim, Exception) { throw std::runtime_error("nobody catches this"); }
TOY_TEST(Claim, Liveness) {
  Steps(world, 2);
  world.Fail(Verdict::kLiveness, "it never converged");
}
TOY_TEST(Claim, Bug) {
  for (const std::string& arg : world.options().args) REHEARSE_EXPECT(arg != "bug=late") << arg;
}

// --- Processes that end.

TOY_TEST(End, Segfault) {
  Steps(world, 40);
  if (Unlucky(world)) *Hidden(reinterpret_cast<int*>(8)) = 1;
  Steps(world, 1);
}
TOY_TEST(End, Check) {
  Steps(world, 3);
  REHEARSE_CHECK(!Unlucky(world), "the planted invariant is broken");
}
int Descend(int depth) {
  volatile char ballast[512];
  ballast[0] = static_cast<char>(depth);
  return depth == INT32_MAX ? 0 : Descend(depth + 1) + ballast[0];
}
TOY_TEST(End, StackOverflow) { Steps(world, Descend(0) == 1 ? 1 : 2); }
TOY_TEST(End, Exit) { std::exit(3); }
TOY_TEST(End, ExitZero) { std::exit(0); }
[[gnu::noinline]] void SpinForEver() {
  for (;;) asm volatile("" ::: "memory");
}
TOY_TEST(End, Hang) {
  Steps(world, 4);
  if (Unlucky(world)) SpinForEver();
}

// --- What spoils a seed.

TOY_TEST(Leak, HostClock) {
  Steps(world, 7);
  timespec now;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  world.Event(absl::StrCat("clock ", now.tv_sec, ".", now.tv_nsec));
  Steps(world, 7);
}
TOY_TEST(Leak, PointerOrder) {
  Steps(world, 2);
  std::vector<std::unique_ptr<int>> owners;
  std::set<const int*> by_address;
  for (int i = 0; i < 10; ++i) {
    owners.push_back(std::make_unique<int>(i));
    by_address.insert(owners.back().get());
  }
  for (const int* number : by_address) world.Event(absl::StrCat("number ", *number));
}
TOY_TEST(Leak, PointerHash) {
  std::vector<std::unique_ptr<int>> owners;
  std::unordered_set<const int*> by_address;
  for (int i = 0; i < 10; ++i) {
    owners.push_back(std::make_unique<int>(i));
    by_address.insert(owners.back().get());
  }
  for (const int* number : by_address) world.Event(absl::StrCat("number ", *number));
}
TOY_TEST(Leak, AbseilOrder) {
  absl::flat_hash_set<int> numbers;
  for (int i = 0; i < 100; ++i) numbers.insert(i);
  for (const int number : numbers) world.Event(absl::StrCat("number ", number));
}
TOY_TEST(Leak, UnsetHeap) {
  Steps(world, 3);
  const std::unique_ptr<int[]> numbers(new int[16]);
  world.Event(absl::StrCat("number ", Hidden(numbers.get())[3]));
}
TOY_TEST(Leak, FreedHeap) {
  int* const number = new int(7);
  const int* const stale = Hidden(number);
  delete number;
  world.Event(absl::StrCat("number ", *stale));
}
[[gnu::noinline]] int UnsetLocal() {
  int numbers[64];
  return Hidden(numbers)[5];
}
TOY_TEST(Leak, UnsetStack) { world.Event(absl::StrCat("number ", UnsetLocal())); }
TOY_TEST(Leak, LocalAddress) {
  int local = 0;
  world.Event(absl::StrCat("address ", reinterpret_cast<uintptr_t>(&local) % 4096));
}
TOY_TEST(Leak, Process) { world.Event(absl::StrCat("pid ", syscall(SYS_getpid))); }

// --- What doesn't, with the hooks.

TOY_TEST(Hooked, Clocks) {
  world.Event(absl::StrCat(std::chrono::steady_clock::now().time_since_epoch().count()));
  world.Event(absl::StrCat(std::chrono::system_clock::now().time_since_epoch().count()));
  world.Event(absl::FormatTime(absl::Now()));
  world.Event(absl::StrCat(time(nullptr), " ", clock()));
}
TOY_TEST(Hooked, Sleeps) {
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::hours(1));
  absl::SleepFor(absl::Seconds(3));
  usleep(250);
  const auto slept = std::chrono::steady_clock::now() - start;
  world.Event(absl::StrCat(std::chrono::nanoseconds(slept).count()));
}
TOY_TEST(Hooked, Entropy) {
  std::random_device device;
  world.Event(absl::StrCat(device()));
  absl::BitGen generator;
  world.Event(absl::StrCat(absl::Uniform<uint64_t>(generator)));
  world.Event(absl::StrCat(rand(), " ", random(), " ", lrand48(), " ", arc4random()));
}
[[gnu::noinline]] void StartThread() {
  std::thread thread([] {});
  thread.join();
}
TOY_TEST(Hooked, Thread) {
  try {
    StartThread();
  } catch (const std::system_error& e) {
    world.Event(e.what());
  }
}
TOY_TEST(Hooked, Environment) {
  const char* const zone = getenv("TZ");
  world.Event(absl::StrCat(zone == nullptr ? "unset" : zone, " ", getenv("LEAKED") == nullptr));
}

// --- Plain tests beside them.

TEST(Plain, Passes) { EXPECT_EQ(rand() == rand(), false); }
TEST(Plain, AlsoPasses) { absl::BitGen generator; }
TEST(Plain, FailsIfAsked) { EXPECT_EQ(getenv("TEST_PLAIN_FAILS"), nullptr); }

}  // namespace
}  // namespace rehearse::sim
