#include "rehearse/sim/hermetic/hooks.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/time/clock.h"

namespace rehearse::sim {
namespace {

// Answers with numbers of its own, while it lives.
class FakeSeams : public HermeticSeams {
 public:
  FakeSeams() : outer_(SetHermetic(this)) {}
  ~FakeSeams() override { SetHermetic(outer_); }

  int64_t BootNanos() override { return boot; }
  int64_t WallNanos() override { return wall; }
  void SleepFor(int64_t nanos) override { sleeps.push_back(nanos); }
  void RandomBytes(void* out, size_t bytes) override { std::memset(out, 0x11, bytes); }
  std::string HostName() override { return "rehearsed"; }
  int32_t ProcessId() override { return 4711; }
  void Refused(const char* what, const std::string& caller) override {
    refused = what;
    refused_caller = caller;
  }

  int64_t boot = 5'000'000'007;
  int64_t wall = 1'700'000'000'000'000'009;
  std::vector<int64_t> sleeps;
  std::string refused;
  std::string refused_caller;

 private:
  HermeticSeams* const outer_;
};

TEST(HooksTest, AreInForce) { EXPECT_TRUE(CheckHooksInForce().ok()) << CheckHooksInForce(); }

TEST(HooksTest, ClocksOfTheStandardLibraryAndAbseilAreAnswered) {
  FakeSeams seams;
  EXPECT_EQ(std::chrono::steady_clock::now().time_since_epoch().count(), seams.boot);
  EXPECT_EQ(std::chrono::system_clock::now().time_since_epoch().count(), seams.wall);
  EXPECT_EQ(absl::ToUnixNanos(absl::Now()), seams.wall);
}

TEST(HooksTest, ClocksOfTheCLibraryAreAnswered) {
  FakeSeams seams;
  EXPECT_EQ(time(nullptr), 1'700'000'000);
  timeval micros;
  gettimeofday(&micros, nullptr);
  EXPECT_EQ(micros.tv_sec, 1'700'000'000);
  timespec nanos;
  EXPECT_EQ(timespec_get(&nanos, TIME_UTC), TIME_UTC);
  EXPECT_EQ(nanos.tv_nsec, 9);
  EXPECT_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &nanos), 0);
  EXPECT_EQ(nanos.tv_nsec, 7);
  EXPECT_EQ(clock(), 5'000'000);
}

TEST(HooksTest, SleepsAreAnswered) {
  FakeSeams seams;
  std::this_thread::sleep_for(std::chrono::hours(1));
  absl::SleepFor(absl::Milliseconds(3));
  usleep(5);
  EXPECT_EQ(sleep(2), 0u);
  EXPECT_EQ(seams.sleeps,
            (std::vector<int64_t>{3'600'000'000'000, 3'000'000, 5'000, 2'000'000'000}));
}

TEST(HooksTest, ASleepUntilIsAsLongAsItIsAway) {
  FakeSeams seams;
  const timespec later = {6, 0};
  const timespec earlier = {1, 0};
  EXPECT_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &later, nullptr), 0);
  EXPECT_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &earlier, nullptr), 0);
  EXPECT_EQ(seams.sleeps, (std::vector<int64_t>{999'999'993, 0}));
}

TEST(HooksTest, WhatIsNoLengthIsRefusedAsByTheKernel) {
  FakeSeams seams;
  const timespec negative = {-1, 0};
  const timespec too_many_nanos = {0, 1'000'000'000};
  EXPECT_EQ(nanosleep(&negative, nullptr), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(nanosleep(&too_many_nanos, nullptr), -1);
  EXPECT_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &negative, nullptr), EINVAL);
  EXPECT_TRUE(seams.sleeps.empty());
}

TEST(HooksTest, EntropyIsAnswered) {
  FakeSeams seams;
  uint32_t drawn = 0;
  EXPECT_EQ(getrandom(&drawn, sizeof drawn, 0), 4);
  EXPECT_EQ(drawn, 0x11111111u);
  drawn = 0;
  EXPECT_EQ(getentropy(&drawn, sizeof drawn), 0);
  EXPECT_EQ(drawn, 0x11111111u);
  EXPECT_EQ(std::random_device()(), 0x11111111u);
  EXPECT_EQ(arc4random(), 0x11111111u);
  EXPECT_LT(arc4random_uniform(10), 10u);
}

[[gnu::noinline]] void StartsAThread() {
  std::thread thread([] {});
  thread.join();
}

TEST(HooksTest, ThreadsAreRefusedAndTheCallerNamed) {
  FakeSeams seams;
  EXPECT_THROW(StartsAThread(), std::system_error);
  EXPECT_EQ(seams.refused, "pthread_create");
  EXPECT_NE(seams.refused_caller.find("StartsAThread"), std::string::npos) << seams.refused_caller;
}

TEST(HooksTest, SocketsAreRefused) {
  FakeSeams seams;
  EXPECT_EQ(socket(AF_INET, SOCK_STREAM, 0), -1);
  EXPECT_EQ(errno, EACCES);
  EXPECT_EQ(seams.refused, "socket");
}

TEST(HooksTest, TheHostsNameAndTheProcesssNumberAreAnswered) {
  FakeSeams seams;
  char name[64] = {};
  EXPECT_EQ(gethostname(name, sizeof name), 0);
  EXPECT_STREQ(name, "rehearsed");
  char cut[4] = {};
  EXPECT_EQ(gethostname(cut, sizeof cut), 0);
  EXPECT_STREQ(cut, "reh");
  utsname system;
  EXPECT_EQ(uname(&system), 0);
  EXPECT_STREQ(system.nodename, "rehearsed");
  EXPECT_EQ(getpid(), 4711);
}

[[gnu::noinline]] bool WritesAFile(const std::string& path) {
  return static_cast<bool>(std::ofstream(path) << "left behind");
}

TEST(HooksTest, FilesAreReadButNotWritten) {
  const std::string path = testing::TempDir() + "/hooks";
  std::ofstream(path) << "text";
  FakeSeams seams;
  EXPECT_FALSE(WritesAFile(path));
  EXPECT_EQ(seams.refused, "open of " + path + " to write");
  EXPECT_NE(seams.refused_caller.find("WritesAFile"), std::string::npos) << seams.refused_caller;
  seams.refused.clear();
  EXPECT_EQ(open(path.c_str(), O_RDWR), -1);
  EXPECT_EQ(errno, EACCES);
  EXPECT_EQ(seams.refused, "open of " + path + " to write");
  seams.refused.clear();
  std::string read;
  EXPECT_TRUE(std::ifstream(path) >> read);
  EXPECT_EQ(read, "text");
  const int fd = open("/dev/null", O_WRONLY);
  EXPECT_NE(fd, -1);
  close(fd);
  EXPECT_EQ(seams.refused, "");
}

TEST(HooksTest, DevicesOfChanceNamesAndTimersAreRefused) {
  FakeSeams seams;
  EXPECT_EQ(std::fopen("/dev/urandom", "r"), nullptr);
  EXPECT_EQ(seams.refused, "open of /dev/urandom");
  addrinfo* found = nullptr;
  EXPECT_EQ(getaddrinfo("localhost", nullptr, nullptr, &found), EAI_FAIL);
  EXPECT_EQ(seams.refused, "getaddrinfo of localhost");
  itimerval second = {};
  second.it_value.tv_sec = 1;
  EXPECT_EQ(setitimer(ITIMER_REAL, &second, nullptr), -1);
  EXPECT_EQ(seams.refused, "setitimer");
}

TEST(HooksTest, OutsideOfARunEverythingIsTheHosts) {
  { FakeSeams seams; }
  timespec before;
  timespec after;
  ASSERT_EQ(clock_gettime(CLOCK_MONOTONIC, &before), 0);
  usleep(1);
  ASSERT_EQ(clock_gettime(CLOCK_MONOTONIC, &after), 0);
  EXPECT_NE(before.tv_nsec, after.tv_nsec);
  EXPECT_GT(time(nullptr), 1'600'000'000);
  EXPECT_EQ(timespec_get(&after, 0), 0);
  uint64_t drawn[2] = {};
  EXPECT_EQ(getrandom(drawn, sizeof drawn, 0), 16);
  EXPECT_NE(drawn[0], drawn[1]);
  EXPECT_EQ(getentropy(drawn, sizeof drawn), 0);
  std::random_device device;
  EXPECT_FALSE(device() == device() && device() == device());
  StartsAThread();
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_NE(fd, -1);
  close(fd);
  EXPECT_EQ(getpid(), static_cast<pid_t>(syscall(SYS_getpid)));
  const std::string path = testing::TempDir() + "/hosts";
  EXPECT_TRUE(std::ofstream(path) << "text");
  const int made = open((path + "2").c_str(), O_RDWR | O_CREAT, 0640);
  struct stat status = {};
  EXPECT_EQ(fstat(made, &status), 0);
  EXPECT_EQ(status.st_mode & 0700, 0600u);
  close(made);
  std::FILE* const chance = std::fopen("/dev/urandom", "r");
  EXPECT_NE(chance, nullptr);
  std::fclose(chance);
}

TEST(HooksTest, AnswersOnTheThreadOfTheRunAlone) {
  time_t seen = 0;
  std::thread other([&seen] { seen = time(nullptr); });
  FakeSeams seams;
  other.join();
  EXPECT_NE(seen, 1'700'000'000);
}

}  // namespace
}  // namespace rehearse::sim
