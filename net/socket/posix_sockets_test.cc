// What is the host's own; what all sockets promise is in tests/conformance.

#include "rehearse/net/socket/posix_sockets.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/posix/epoll_poller.h"
#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/task.h"

namespace rehearse::net {
namespace {

const SocketAddress kAnyPort = {"127.0.0.1", 0};

class PosixSocketsTest : public testing::TestWithParam<int> {
 public:
  PosixSocketsTest() : scheduler_(Options()), sockets_(scheduler_.worker(0), *poller_) {
    scheduler_.Start();
  }
  ~PosixSocketsTest() override {
    Drain(scheduler_);
    EXPECT_EQ(sockets_.open_descriptors(), 0);
    scheduler_.RequestStop();
    scheduler_.Join();
  }

  // Runs each of `bodies` on a fiber of its own, until all have returned.
  void RunAll(std::vector<std::function<void()>> bodies) {
    Countdown left(static_cast<int>(bodies.size()));
    for (std::function<void()>& body : bodies) {
      Task::Start(scheduler_.own_domain(), "body", std::move(body),
                  [&](GuardResult, const std::exception_ptr&) { left.Arrive(); })
          .Unref();
    }
    left.Await();
  }
  void Run(std::function<void()> body) { RunAll({std::move(body)}); }

  std::unique_ptr<ListenSocket> Listen() {
    auto listener = sockets_.Listen(kAnyPort);
    EXPECT_TRUE(listener.ok()) << listener.status();
    return *std::move(listener);
  }
  std::unique_ptr<StreamSocket> Connect(const SocketAddress& address) {
    auto socket = sockets_.Connect(address, Instant::Infinite());
    EXPECT_TRUE(socket.ok()) << socket.status();
    return *std::move(socket);
  }

  SchedulerOptions Options() {
    SchedulerOptions options = OptionsForThreads(GetParam());
    options.make_poller = [this, clock = BootClock()](int index) {
      std::unique_ptr<EpollPoller> made = *EpollPoller::Create(clock);
      if (index == 0) poller_ = made.get();
      return made;
    };
    return options;
  }

  FdPoller* poller_ = nullptr;
  Scheduler scheduler_;
  PosixSockets sockets_;
};

INSTANTIATE_TEST_SUITE_P(Workers, PosixSocketsTest, testing::Values(1, 3));

// Descriptors' numbers are used again at once. One that was closed twice, or on behalf of another,
// would end somebody else's connection.
TEST_P(PosixSocketsTest, StormOfShortConnectionsEndsNobodyElses) {
  constexpr int kFibers = 8;
  constexpr int kRounds = kThreadSanitizer || kAddressSanitizer ? 100 : 500;
  const auto talk = [this](int id) {
    const auto listener = Listen();
    for (int i = 0; i < kRounds; ++i) {
      const auto socket = Connect(listener->address());
      auto other = *listener->Accept();
      const std::string word = absl::StrCat(id, " ", i);
      ASSERT_TRUE(socket->Write(word, Instant::Infinite()).ok());
      std::string heard;
      ASSERT_EQ(*other->Read(100, heard, Instant::Infinite()), word.size());
      ASSERT_EQ(heard, word);
      other.reset();
      ASSERT_EQ(*socket->Read(100, heard, Instant::Infinite()), 0);
    }
  };
  std::vector<std::function<void()>> bodies;
  for (int id = 0; id < kFibers; ++id) bodies.push_back([&talk, id] { talk(id); });
  RunAll(std::move(bodies));
}

TEST_P(PosixSocketsTest, AcceptOutOfDescriptorsSaysSoAndTakesTheConnectionLater) {
  Run([this] {
    const auto listener = Listen();
    const auto socket = Connect(listener->address());
    rlimit before;
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    const int next = dup(0);
    close(next);
    const rlimit low = {static_cast<rlim_t>(next), before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    for (int i = 0; i < 3; ++i) {
      const absl::Status status = listener->Accept().status();
      EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
      EXPECT_TRUE(absl::StrContains(status.message(), "Too many open files")) << status;
    }
    EXPECT_EQ(sockets_.Listen(kAnyPort).status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(sockets_.Connect(kAnyPort, Instant::Infinite()).status().code(),
              absl::StatusCode::kUnavailable);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_TRUE(listener->Accept().ok());
  });
}

TEST_P(PosixSocketsTest, DescriptorsAreNotInherited) {
  Run([this] {
    const auto listener = Listen();
    const auto socket = Connect(listener->address());
    const auto other = *listener->Accept();
    EXPECT_EQ(sockets_.open_descriptors(), 3);
    int found = 0;
    for (int fd = 0; fd < 1000; ++fd) {
      int type = 0;
      socklen_t size = sizeof(type);
      if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) continue;
      if (type != SOCK_STREAM) continue;
      ++found;
      EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
      EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    }
    EXPECT_GE(found, 3);
  });
}

// A writer and a reader who never have to wait for each other, and a third who wants its turn.
TEST_P(PosixSocketsTest, BusyConnectionsLetOthersRun) {
  std::unique_ptr<StreamSocket> socket;
  std::unique_ptr<StreamSocket> other;
  Run([&] {
    const auto listener = Listen();
    socket = Connect(listener->address());
    other = *listener->Accept();
  });
  std::atomic<bool> ran{false};
  const auto write = [&] {
    const std::string bytes(1 << 20, 'x');
    for (int i = 0; !ran && i < 10000; ++i) {
      ASSERT_TRUE(socket->Write(bytes, Instant::Infinite()).ok());
    }
    EXPECT_TRUE(ran);
    socket->Close();
  };
  const auto read = [&] {
    std::string bytes;
    while (*other->Read(1 << 20, bytes, Instant::Infinite()) > 0) bytes.clear();
  };
  RunAll({write, read, [&] { ran = true; }});
  Run([&] {
    socket.reset();
    other.reset();
  });
}

TEST_P(PosixSocketsTest, ForeignAddressIsRefusedInWords) {
  Run([this] {
    const absl::Status status = sockets_.Listen({"192.0.2.1", 0}).status();
    EXPECT_EQ(status.message(), "listen on 192.0.2.1:0: Cannot assign requested address");
  });
}

// What is left open when the workers end is closed with the sockets.
TEST_P(PosixSocketsTest, WhatIsOpenWhenTheWorkersEndIsClosed) {
  Scheduler scheduler(Options());
  const int before = dup(0);
  close(before);
  {
    PosixSockets sockets(scheduler.worker(0), *poller_);
    scheduler.Start();
    Countdown left(1);
    std::unique_ptr<ListenSocket> listener;
    std::unique_ptr<StreamSocket> socket;
    Task::Start(
        scheduler.own_domain(), "body",
        [&] {
          listener = *sockets.Listen(kAnyPort);
          socket = *sockets.Connect(listener->address(), Instant::Infinite());
        },
        [&](GuardResult, const std::exception_ptr&) { left.Arrive(); })
        .Unref();
    left.Await();
    scheduler.RequestStop();
    scheduler.Join();
    socket.reset();
    listener.reset();
    EXPECT_EQ(sockets.open_descriptors(), 2);
  }
  const int after = dup(0);
  EXPECT_EQ(after, before);
  close(after);
}

}  // namespace
}  // namespace rehearse::net
