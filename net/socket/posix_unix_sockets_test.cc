// The files of the host's Unix sockets; what all Unix sockets promise is in tests/conformance.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/posix/epoll_poller.h"
#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/socket/posix_sockets.h"
#include "rehearse/net/socket/testing/scratch_directory.h"

namespace rehearse::net {
namespace {

// A socket of a program that is none of ours.
class RawSocket {
 public:
  RawSocket(int type, const std::string& path) : fd_(socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) {
    address_.sun_family = AF_UNIX;
    std::strcpy(address_.sun_path, path.c_str());
  }
  ~RawSocket() { close(fd_); }

  void Bind() const { EXPECT_EQ(bind(fd_, host(), sizeof(address_)), 0); }
  void Send(const std::string& bytes) const {
    EXPECT_EQ(sendto(fd_, bytes.data(), bytes.size(), 0, host(), sizeof(address_)),
              static_cast<ssize_t>(bytes.size()));
  }

 private:
  const sockaddr* host() const { return reinterpret_cast<const sockaddr*>(&address_); }

  const int fd_;
  sockaddr_un address_{};
};

class PosixUnixSocketsTest : public testing::Test {
 public:
  PosixUnixSocketsTest() : scheduler_(Options()), sockets_(scheduler_.worker(0), *poller_) {
    scheduler_.Start();
  }
  ~PosixUnixSocketsTest() override {
    Drain(scheduler_);
    scheduler_.RequestStop();
    scheduler_.Join();
  }

  // On a fiber.
  void Run(std::function<void()> body) {
    Countdown left(1);
    Task::Start(scheduler_.own_domain(), "body", std::move(body),
                [&](GuardResult, const std::exception_ptr&) { left.Arrive(); })
        .Unref();
    left.Await();
  }
  void ExpectRefused(absl::StatusCode code, const std::string& words) {
    for (const absl::Status& status :
         {sockets_.Listen(address_).status(), sockets_.Bind(address_).status()}) {
      EXPECT_EQ(status.code(), code);
      EXPECT_TRUE(absl::StrContains(status.message(), words)) << status;
    }
  }
  bool exists() const { return access(path_.c_str(), F_OK) == 0; }

  SchedulerOptions Options() {
    SchedulerOptions options = OptionsForThreads(1);
    options.make_poller = [this, clock = BootClock()](int) {
      std::unique_ptr<EpollPoller> made = *EpollPoller::Create(clock);
      poller_ = made.get();
      return made;
    };
    return options;
  }

  const ScratchDirectory scratch_;
  const std::string path_ = scratch_.At("socket");
  const SocketAddress address_ = {absl::StrCat("unix:", path_)};
  FdPoller* poller_ = nullptr;
  Scheduler scheduler_;
  PosixSockets sockets_;
};

TEST_F(PosixUnixSocketsTest, WhatADeadProcessLeftIsReplaced) {
  RawSocket(SOCK_STREAM, path_).Bind();
  Run([&] {
    const auto listener = sockets_.Listen(address_);
    ASSERT_TRUE(listener.ok()) << listener.status();
    EXPECT_TRUE(sockets_.Connect(address_, Instant::Infinite()).ok());
    EXPECT_TRUE((*listener)->Accept().ok());
  });
}

TEST_F(PosixUnixSocketsTest, AnotherProcesssIsLeftAlone) {
  const RawSocket other(SOCK_STREAM, path_);
  other.Bind();
  Run([&] {
    ExpectRefused(absl::StatusCode::kAlreadyExists, "a process has it open: stop that one");
    EXPECT_TRUE(exists());
  });
}

TEST_F(PosixUnixSocketsTest, AFileThatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  Run([&] {
    ExpectRefused(absl::StatusCode::kAlreadyExists, "a file that is no socket is there: remove it");
    EXPECT_TRUE(exists());
  });
}

TEST_F(PosixUnixSocketsTest, OneIsReplacedByOneAtATime) {
  RawSocket(SOCK_STREAM, path_).Bind();
  const int directory = open(scratch_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(flock(directory, LOCK_EX), 0);
  Run([&] { ExpectRefused(absl::StatusCode::kUnavailable, "try again"); });
  close(directory);
  Run([&] { EXPECT_TRUE(sockets_.Listen(address_).ok()); });
}

TEST_F(PosixUnixSocketsTest, WithoutItsDirectoryThereIsNone) {
  Run([&] {
    const absl::Status status =
        sockets_.Listen({absl::StrCat("unix:", scratch_.At("none/socket"))}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(absl::StrContains(status.message(), "No such file or directory")) << status;
  });
}

TEST_F(PosixUnixSocketsTest, TheFileIsForItsUserAndGoesWithTheSocket) {
  Run([&] {
    for (const bool closes : {true, false}) {
      auto listener = *sockets_.Listen(address_);
      struct stat found;
      ASSERT_EQ(stat(path_.c_str(), &found), 0);
      EXPECT_EQ(found.st_mode, mode_t{S_IFSOCK | 0600});
      if (closes) listener->Close();
      EXPECT_EQ(exists(), !closes);
      listener = nullptr;
      EXPECT_FALSE(exists());
    }
    auto bound = *sockets_.Bind(address_);
    EXPECT_TRUE(exists());
    bound = nullptr;
    EXPECT_FALSE(exists());
  });
}

TEST_F(PosixUnixSocketsTest, AFileThatIsAnothersByNowStays) {
  Run([&] {
    const auto first = *sockets_.Listen(address_);
    ASSERT_EQ(unlink(path_.c_str()), 0);
    const auto second = *sockets_.Listen(address_);
    first->Close();
    EXPECT_TRUE(exists());
    EXPECT_TRUE(sockets_.Connect(address_, Instant::Infinite()).ok());
  });
}

TEST_F(PosixUnixSocketsTest, OneWithoutANameIsHeardAndWhatIsTooLongIsNot) {
  Run([&] {
    const auto socket = *sockets_.Bind(address_);
    const RawSocket nameless(SOCK_DGRAM, path_);
    nameless.Send(std::string(100000, 'x'));
    nameless.Send("short");
    const auto heard = socket->ReceiveFrom(Instant::Infinite());
    ASSERT_TRUE(heard.ok()) << heard.status();
    EXPECT_EQ(heard->bytes, "short");
    EXPECT_EQ(heard->from, SocketAddress{"unix:"});
    EXPECT_EQ(socket->SendTo(heard->from, "x").code(), absl::StatusCode::kInvalidArgument);
  });
}

}  // namespace
}  // namespace rehearse::net
