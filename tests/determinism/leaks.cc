// Programs that go past the framework, in a real world: some are answered by the run, some spoil
// it.

#include <aio.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <rapidcheck.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <locale>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/determinism/thread_library.h"

namespace rehearse {
namespace {

using sim::World;

void Say(Node& node, const std::string& line) { node.log().Write(Severity::kInfo, line); }

// Does `Deed` in a handler, between two naps.
template <void (*Deed)(Node&)>
class Doer : public Actor {
 public:
  struct Do {};
  int64_t Handle(const Do&) {
    Sleep(absl::Milliseconds(5)).IgnoreError();
    Deed(node());
    Sleep(absl::Milliseconds(5)).IgnoreError();
    return 1;
  }
};

template <void (*Deed)(Node&)>
void PlayDeed(World& world) {
  world.AddNode("server", [](Node& node) -> absl::Status {
    auto doer = node.Spawn<Doer<Deed>>();
    Say(node, "before");
    const absl::StatusOr<int64_t> done = doer.Ask(typename Doer<Deed>::Do());
    Say(node, done.ok() ? "after" : "it failed");
    return absl::OkStatus();
  });
  world.RunFor(absl::Hours(2));
}

// A pointer that the compiler knows nothing about: it would see through these mistakes.
int* Hidden(int* pointer) {
  asm volatile("" : "+r"(pointer)::"memory");
  return pointer;
}

// --- Answered by the run.

void ReadClocks(Node& node) {
  Say(node, absl::StrCat(std::chrono::steady_clock::now().time_since_epoch().count()));
  Say(node, absl::StrCat(std::chrono::system_clock::now().time_since_epoch().count()));
  Say(node, absl::StrCat(absl::FormatTime(absl::Now()), " ", time(nullptr)));
}
REHEARSE_TEST(Answered, Clocks) { PlayDeed<&ReadClocks>(world); }

void SleepAnHour(Node& node) {
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::minutes(59));
  absl::SleepFor(absl::Seconds(60));
  const auto slept = std::chrono::steady_clock::now() - start;
  Say(node, slept >= std::chrono::hours(1) ? "slept" : "did not sleep");
}
REHEARSE_TEST(Answered, Sleeps) {
  // Another actor's world goes on meanwhile: a sleep parks, and does not block.
  int ticks = 0;
  world.AddNode("ticker", [&ticks](Node&) -> absl::Status {
    for (; ticks < 100; ++ticks) {
      if (absl::Status status = Sleep(absl::Seconds(30)); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
  PlayDeed<&SleepAnHour>(world);
  REHEARSE_EXPECT_EQ(ticks, 100);
}

REHEARSE_TEST(Answered, SleepsOfTheBody) {
  const Instant before = world.now();
  std::this_thread::sleep_for(std::chrono::seconds(90));
  REHEARSE_EXPECT_EQ(absl::FormatDuration(world.now() - before), "1m30s");
  REHEARSE_EXPECT_EQ(std::chrono::steady_clock::now().time_since_epoch().count(),
                     world.now().nanos());
}

void DrawEntropy(Node& node) {
  std::random_device device;
  Say(node, absl::StrCat(device(), " ", rand(), " ", lrand48()));
}
REHEARSE_TEST(Answered, Entropy) { PlayDeed<&DrawEntropy>(world); }

void SayWhoIAm(Node& node) {
  char name[64] = {};
  gethostname(name, sizeof name);
  Say(node, absl::StrCat(name, " ", getpid()));
  REHEARSE_EXPECT_EQ(std::string(name), node.name());
}
REHEARSE_TEST(Answered, HostNameAndProcess) { PlayDeed<&SayWhoIAm>(world); }

void ReadEnvironment(Node& node) {
  for (const char* name : {"REHEARSE_LEAK", "HOME", "TZ", "LC_ALL", "PWD"}) {
    const char* const value = std::getenv(name);
    Say(node, absl::StrCat(name, "=", value == nullptr ? "" : value));
  }
  const time_t noon = 43200;
  Say(node, absl::StrCat(std::asctime(std::localtime(&noon)), " ",
                         absl::FormatTime(absl::FromUnixSeconds(noon), absl::LocalTimeZone()), " ",
                         std::locale("").name()));
}
REHEARSE_TEST(Answered, EnvironmentTimeZoneAndLocale) { PlayDeed<&ReadEnvironment>(world); }

void DrawFromBitGen(Node& node) {
  absl::BitGen bits;
  Say(node, absl::StrCat(absl::Uniform<uint64_t>(bits)));
}
REHEARSE_TEST(Answered, BitGen) { PlayDeed<&DrawFromBitGen>(world); }

void CountRuns(Node& node) {
  static int runs = 0;
  Say(node, absl::StrCat("run ", ++runs));
  REHEARSE_EXPECT_EQ(runs, 1);
}
REHEARSE_TEST(Answered, StaticsBeginAnew) { PlayDeed<&CountRuns>(world); }

// --- Refused.

[[gnu::noinline]] void StartsAThread() {
  std::thread thread([] {});
  thread.join();
}
void StartThread(Node&) { StartsAThread(); }
REHEARSE_TEST(Refused, Thread) { PlayDeed<&StartThread>(world); }

// As a library does, of which the program knows nothing.
void AskLibrary(Node&) { (void)library_sum_beside(1, 2); }
REHEARSE_TEST(Refused, ThreadOfALibrary) { PlayDeed<&AskLibrary>(world); }

void ReadAsynchronously(Node&) {
  static char byte;
  static aiocb request;
  request.aio_buf = &byte;
  request.aio_nbytes = 1;
  (void)aio_read(&request);
}
REHEARSE_TEST(Refused, ReadAside) { PlayDeed<&ReadAsynchronously>(world); }

void StartAsync(Node&) {
  (void)std::async(std::launch::async, [] { return 1; }).get();
}
REHEARSE_TEST(Refused, Async) { PlayDeed<&StartAsync>(world); }

void OpenSocket(Node&) { (void)socket(AF_INET, SOCK_DGRAM, 0); }
REHEARSE_TEST(Refused, Socket) { PlayDeed<&OpenSocket>(world); }

void WriteFile(Node& node) { std::ofstream("/tmp/rehearse-leak") << node.name(); }
REHEARSE_TEST(Refused, FileToWrite) { PlayDeed<&WriteFile>(world); }

void ReadDevice(Node& node) {
  uint32_t drawn = 0;
  std::ifstream("/dev/urandom").read(reinterpret_cast<char*>(&drawn), sizeof drawn);
  Say(node, absl::StrCat(drawn));
}
REHEARSE_TEST(Refused, DeviceOfChance) { PlayDeed<&ReadDevice>(world); }

void ReadFolder(Node& node) {
  for (const auto& entry : std::filesystem::directory_iterator("/tmp")) {
    Say(node, entry.path().string());
  }
}
REHEARSE_TEST(Refused, Folder) { PlayDeed<&ReadFolder>(world); }

void LookUp(Node&) {
  addrinfo* found = nullptr;
  (void)getaddrinfo("localhost", nullptr, nullptr, &found);
}
REHEARSE_TEST(Refused, NameLookup) { PlayDeed<&LookUp>(world); }

void SetTimer(Node&) { (void)alarm(1); }
REHEARSE_TEST(Refused, SignalTimer) { PlayDeed<&SetTimer>(world); }

// --- Claims of the test, made in a handler.

void FailExpectation(Node&) { REHEARSE_EXPECT(1 == 2) << "in a handler"; }
REHEARSE_TEST(Claim, Expect) { PlayDeed<&FailExpectation>(world); }

void FailRequirement(Node&) { REHEARSE_REQUIRE(1 == 2) << "in a handler"; }
REHEARSE_TEST(Claim, Require) { PlayDeed<&FailRequirement>(world); }

void FailGoogleTest(Node&) { EXPECT_EQ(1, 2) << "in a handler"; }
REHEARSE_TEST(Claim, GoogleTest) { PlayDeed<&FailGoogleTest>(world); }

void FailRapidCheck(Node&) { RC_ASSERT(std::string("in a handler").empty()); }
REHEARSE_TEST(Claim, RapidCheck) { PlayDeed<&FailRapidCheck>(world); }

void Panic(Node&) { throw std::runtime_error("a panic is the program's business"); }
REHEARSE_TEST(Claim, PanicIsNone) { PlayDeed<&Panic>(world); }

// --- The end of the process.

void WriteToNowhere(Node&) { *Hidden(reinterpret_cast<int*>(16)) = 1; }
REHEARSE_TEST(End, Segfault) { PlayDeed<&WriteToNowhere>(world); }

[[gnu::noinline]] int Descend(int depth) {
  volatile char ballast[512];
  ballast[0] = static_cast<char>(depth);
  return depth == INT32_MAX ? 0 : Descend(depth + 1) + ballast[0];
}
void Overflow(Node& node) { Say(node, absl::StrCat(Descend(0))); }
REHEARSE_TEST(End, FiberOverflow) { PlayDeed<&Overflow>(world); }

[[gnu::noinline]] void SpinForEver(Node&) {
  for (;;) asm volatile("" ::: "memory");
}
REHEARSE_TEST(End, Hang) { PlayDeed<&SpinForEver>(world); }

// --- What spoils a seed.

void ReadHostClock(Node& node) {
  timespec now;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  Say(node, absl::StrCat("clock ", now.tv_nsec));
}
REHEARSE_TEST(Leak, HostClock) { PlayDeed<&ReadHostClock>(world); }

void SayThreadHash(Node& node) {
  Say(node, absl::StrCat("thread ", std::hash<std::thread::id>()(std::this_thread::get_id())));
}
REHEARSE_TEST(Answered, ThreadHash) { PlayDeed<&SayThreadHash>(world); }

void IterateFlat(Node& node) {
  std::vector<std::unique_ptr<int>> owners;
  absl::flat_hash_set<const int*> by_address;
  for (int i = 0; i < 10; ++i) {
    owners.push_back(std::make_unique<int>(i));
    by_address.insert(owners.back().get());
  }
  for (const int* number : by_address) Say(node, absl::StrCat("number ", *number));
}
REHEARSE_TEST(Leak, FlatHashSet) { PlayDeed<&IterateFlat>(world); }

void SayHashOfPointer(Node& node) {
  const auto owner = std::make_unique<int>(1);
  Say(node, absl::StrCat("hash ", std::hash<const int*>()(owner.get())));
}
REHEARSE_TEST(Leak, HashOfPointer) { PlayDeed<&SayHashOfPointer>(world); }

void DrawSystemCall(Node& node) {
  uint64_t drawn = 0;
  syscall(SYS_getrandom, &drawn, sizeof drawn, 0);
  Say(node, absl::StrCat("drawn ", drawn));
}
REHEARSE_TEST(Leak, ChanceBySystemCall) { PlayDeed<&DrawSystemCall>(world); }

void CountCycles(Node& node) { Say(node, absl::StrCat("cycles ", __builtin_ia32_rdtsc())); }
REHEARSE_TEST(Trapped, CycleCounter) { PlayDeed<&CountCycles>(world); }

// Abseil looks at the host's clock now and then, and counts cycles between.
void AskAbseil(Node& node) {
  for (int i = 0; i < 300; ++i) {
    Say(node, absl::StrCat(absl::ToUnixNanos(absl::Now())));
    Sleep(absl::Microseconds(100 * i)).IgnoreError();
  }
}
REHEARSE_TEST(Trapped, AbseilsNow) { PlayDeed<&AskAbseil>(world); }

// What Abseil remembers of one node's calendar is not another's.
REHEARSE_TEST(Trapped, AbseilsNowOfTwoNodes) {
  const auto compare = [](Node& node) -> absl::Status {
    for (int i = 0; i < 300; ++i) {
      const absl::Duration off = absl::Now() - *node.clock().WallTime();
      REHEARSE_EXPECT(absl::AbsDuration(off) < absl::Milliseconds(10)) << off;
      if (absl::Status slept = Sleep(absl::Milliseconds(7)); !slept.ok()) return slept;
    }
    return absl::OkStatus();
  };
  world.AddNode("right", compare);
  const sim::NodeHandle wrong = world.AddNode("wrong", compare);
  world.SetClock(wrong, -absl::Minutes(1), 0);
  world.RunFor(absl::Minutes(1));
}

void IterateByAddress(Node& node) {
  std::vector<std::unique_ptr<int>> owners;
  std::set<const int*> by_address;
  for (int i = 0; i < 10; ++i) {
    owners.push_back(std::make_unique<int>(i));
    by_address.insert(owners.back().get());
  }
  for (const int* number : by_address) Say(node, absl::StrCat("number ", *number));
}
REHEARSE_TEST(Leak, PointerOrder) { PlayDeed<&IterateByAddress>(world); }

void IterateByHash(Node& node) {
  std::vector<std::unique_ptr<int>> owners;
  std::unordered_set<const int*> by_address;
  for (int i = 0; i < 10; ++i) {
    owners.push_back(std::make_unique<int>(i));
    by_address.insert(owners.back().get());
  }
  for (const int* number : by_address) Say(node, absl::StrCat("number ", *number));
}
REHEARSE_TEST(Leak, PointerHash) { PlayDeed<&IterateByHash>(world); }

void ReadUnsetHeap(Node& node) {
  const std::unique_ptr<int[]> numbers(new int[16]);
  Say(node, absl::StrCat("number ", Hidden(numbers.get())[3]));
}
REHEARSE_TEST(Leak, UnsetHeap) { PlayDeed<&ReadUnsetHeap>(world); }

// Deeper than anything has been on this fiber's stack.
[[gnu::noinline]] int UnsetLocal() {
  int numbers[5000];
  return Hidden(numbers)[5];
}
void ReadUnsetStack(Node& node) { Say(node, absl::StrCat("number ", UnsetLocal())); }
REHEARSE_TEST(Leak, UnsetStack) { PlayDeed<&ReadUnsetStack>(world); }

[[gnu::noinline]] uint64_t AddressOfLocal() {
  int local = 0;
  return reinterpret_cast<uint64_t>(Hidden(&local));
}
void TellAddressOfLocal(Node& node) { Say(node, absl::StrCat("address ", AddressOfLocal())); }
REHEARSE_TEST(Leak, FiberAddress) { PlayDeed<&TellAddressOfLocal>(world); }

}  // namespace
}  // namespace rehearse
