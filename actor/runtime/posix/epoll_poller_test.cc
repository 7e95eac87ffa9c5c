#include "rehearse/actor/runtime/posix/epoll_poller.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse {
namespace {

// Counts what it is told.
class Listener final : public FdHandler {
 public:
  void OnReady(bool now_readable, bool now_writable) override {
    ++calls;
    readable += now_readable ? 1 : 0;
    writable += now_writable ? 1 : 0;
    if (on_ready != nullptr) on_ready();
  }

  int calls = 0;
  int readable = 0;
  int writable = 0;
  std::function<void()> on_ready;
};

// Two connected descriptors, closed at the end.
class Ends {
 public:
  enum Kind { kPipe, kSockets };
  explicit Ends(Kind kind) {
    const int made = kind == kPipe
                         ? pipe2(fds_.data(), O_NONBLOCK | O_CLOEXEC)
                         : socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds_.data());
    EXPECT_EQ(made, 0);
  }
  ~Ends() {
    CloseReader();
    CloseWriter();
  }

  int reader() const { return fds_[0]; }
  int writer() const { return fds_[1]; }
  void CloseReader() { Close(fds_[0]); }
  void CloseWriter() { Close(fds_[1]); }

  void Send(const char* bytes) const {
    EXPECT_EQ(write(writer(), bytes, std::strlen(bytes)), static_cast<ssize_t>(std::strlen(bytes)));
  }
  int Receive(size_t bytes_max) const {
    std::array<char, 4096> buffer;
    return static_cast<int>(read(reader(), buffer.data(), std::min(bytes_max, buffer.size())));
  }
  void Fill() const {
    const std::array<char, 4096> bytes{};
    while (write(writer(), bytes.data(), bytes.size()) > 0) {
    }
  }
  void Empty() const {
    while (Receive(4096) > 0) {
    }
  }

 private:
  static void Close(int& fd) {
    if (fd >= 0) close(std::exchange(fd, -1));
  }
  std::array<int, 2> fds_{-1, -1};
};

class EpollPollerTest : public testing::Test {
 public:
  // Handles what has happened by now.
  void Poll() { poller_->Wait(Instant()); }

  const std::unique_ptr<EpollPoller> poller_ = *EpollPoller::Create(BootClock());
  Listener listener_;
};

TEST_F(EpollPollerTest, TellsWhenBytesArrive) {
  const Ends pipe(Ends::kPipe);
  ASSERT_TRUE(poller_->Add(pipe.reader(), listener_).ok());
  Poll();
  EXPECT_EQ(listener_.calls, 0);
  pipe.Send("a");
  poller_->Wait(Instant::Infinite());
  EXPECT_EQ(listener_.readable, 1);
  EXPECT_EQ(listener_.writable, 0);
  poller_->Remove(pipe.reader(), listener_);
}

TEST_F(EpollPollerTest, TellsOfEachArrivalOnce) {
  const Ends pipe(Ends::kPipe);
  ASSERT_TRUE(poller_->Add(pipe.reader(), listener_).ok());
  pipe.Send("ab");
  Poll();
  Poll();
  EXPECT_EQ(listener_.calls, 1);
  EXPECT_EQ(pipe.Receive(1), 1);
  Poll();
  EXPECT_EQ(listener_.calls, 1);  // what is left over is not news
  pipe.Send("c");
  Poll();
  EXPECT_EQ(listener_.calls, 2);
  poller_->Remove(pipe.reader(), listener_);
}

TEST_F(EpollPollerTest, TellsOfWhatArrivedBeforeItWasAdded) {
  const Ends pipe(Ends::kPipe);
  pipe.Send("a");
  ASSERT_TRUE(poller_->Add(pipe.reader(), listener_).ok());
  Poll();
  EXPECT_EQ(listener_.readable, 1);
  poller_->Remove(pipe.reader(), listener_);
}

TEST_F(EpollPollerTest, TellsWhenAFullPipeHasRoomAgain) {
  const Ends pipe(Ends::kPipe);
  ASSERT_TRUE(poller_->Add(pipe.writer(), listener_).ok());
  Poll();
  EXPECT_EQ(listener_.writable, 1);
  pipe.Fill();
  Poll();
  EXPECT_EQ(listener_.writable, 1);
  pipe.Empty();
  Poll();
  EXPECT_EQ(listener_.writable, 2);
  EXPECT_EQ(listener_.readable, 0);
  poller_->Remove(pipe.writer(), listener_);
}

TEST_F(EpollPollerTest, SocketIsBothReadableAndWritable) {
  const Ends sockets(Ends::kSockets);
  sockets.Send("a");
  ASSERT_TRUE(poller_->Add(sockets.reader(), listener_).ok());
  Poll();
  EXPECT_EQ(listener_.calls, 1);
  EXPECT_EQ(listener_.readable, 1);
  EXPECT_EQ(listener_.writable, 1);
  poller_->Remove(sockets.reader(), listener_);
}

TEST_F(EpollPollerTest, HangUpCountsAsBoth) {
  Ends sockets(Ends::kSockets);
  ASSERT_TRUE(poller_->Add(sockets.reader(), listener_).ok());
  Poll();
  listener_ = Listener();
  sockets.CloseWriter();
  Poll();
  EXPECT_EQ(listener_.readable, 1);
  EXPECT_EQ(listener_.writable, 1);
  poller_->Remove(sockets.reader(), listener_);
}

TEST_F(EpollPollerTest, HalfCloseIsReadable) {
  const Ends sockets(Ends::kSockets);
  ASSERT_TRUE(poller_->Add(sockets.reader(), listener_).ok());
  Poll();
  listener_ = Listener();
  shutdown(sockets.writer(), SHUT_WR);
  Poll();
  EXPECT_EQ(listener_.readable, 1);
  EXPECT_EQ(sockets.Receive(1), 0);
  poller_->Remove(sockets.reader(), listener_);
}

TEST_F(EpollPollerTest, BrokenPipeIsToldToTheWriter) {
  Ends pipe(Ends::kPipe);
  ASSERT_TRUE(poller_->Add(pipe.writer(), listener_).ok());
  pipe.Fill();
  Poll();
  listener_ = Listener();
  pipe.CloseReader();
  Poll();
  EXPECT_EQ(listener_.readable, 1);
  EXPECT_EQ(listener_.writable, 1);
  poller_->Remove(pipe.writer(), listener_);
}

TEST_F(EpollPollerTest, RemovedHandlerIsNotCalled) {
  const Ends pipe(Ends::kPipe);
  ASSERT_TRUE(poller_->Add(pipe.reader(), listener_).ok());
  pipe.Send("a");
  poller_->Remove(pipe.reader(), listener_);
  Poll();
  EXPECT_EQ(listener_.calls, 0);
}

TEST_F(EpollPollerTest, RemovedDescriptorMayBeAddedAgain) {
  const Ends pipe(Ends::kPipe);
  Listener other;
  ASSERT_TRUE(poller_->Add(pipe.reader(), listener_).ok());
  poller_->Remove(pipe.reader(), listener_);
  ASSERT_TRUE(poller_->Add(pipe.reader(), other).ok());
  pipe.Send("a");
  Poll();
  EXPECT_EQ(listener_.calls, 0);
  EXPECT_EQ(other.readable, 1);
  poller_->Remove(pipe.reader(), other);
}

// Both are ready in one Wait; whichever comes first removes the other, which may be gone by then.
TEST_F(EpollPollerTest, HandlerRemovedByAnotherInTheSameWaitIsNotCalled) {
  const std::array<Ends, 2> pipes = {Ends(Ends::kPipe), Ends(Ends::kPipe)};
  std::array<std::unique_ptr<Listener>, 2> listeners;
  int calls = 0;
  for (size_t i = 0; i < 2; ++i) {
    listeners[i] = std::make_unique<Listener>();
    ASSERT_TRUE(poller_->Add(pipes[i].reader(), *listeners[i]).ok());
    listeners[i]->on_ready = [&, i] {
      ++calls;
      poller_->Remove(pipes[1 - i].reader(), *listeners[1 - i]);
      listeners[1 - i].reset();
    };
    pipes[i].Send("a");
  }
  Poll();
  Poll();
  EXPECT_EQ(calls, 1);
  for (size_t i = 0; i < 2; ++i) {
    if (listeners[i] != nullptr) poller_->Remove(pipes[i].reader(), *listeners[i]);
  }
}

TEST_F(EpollPollerTest, HandlerMayRemoveAndDestroyItself) {
  const Ends pipe(Ends::kPipe);
  auto listener = std::make_unique<Listener>();
  ASSERT_TRUE(poller_->Add(pipe.reader(), *listener).ok());
  int calls = 0;
  listener->on_ready = [&] {
    ++calls;
    poller_->Remove(pipe.reader(), *listener);
  };
  pipe.Send("a");
  Poll();
  listener.reset();
  pipe.Send("b");
  Poll();
  EXPECT_EQ(calls, 1);
}

TEST_F(EpollPollerTest, HandlerAddedInAWaitIsToldInALaterOne) {
  const Ends first(Ends::kPipe);
  const Ends second(Ends::kPipe);
  Listener added;
  second.Send("a");
  ASSERT_TRUE(poller_->Add(first.reader(), listener_).ok());
  listener_.on_ready = [&] { ASSERT_TRUE(poller_->Add(second.reader(), added).ok()); };
  first.Send("a");
  Poll();
  Poll();
  EXPECT_EQ(listener_.calls, 1);
  EXPECT_EQ(added.readable, 1);
  poller_->Remove(first.reader(), listener_);
  poller_->Remove(second.reader(), added);
}

// A reconnect: the handler's new descriptor is another, often of the same number.
TEST_F(EpollPollerTest, HandlerMayMoveToAnotherDescriptorInAWait) {
  auto first = std::make_unique<Ends>(Ends::kPipe);
  const Ends second(Ends::kPipe);
  ASSERT_TRUE(poller_->Add(first->reader(), listener_).ok());
  listener_.on_ready = [&] {
    if (first == nullptr) return;
    poller_->Remove(first->reader(), listener_);
    first.reset();
    ASSERT_TRUE(poller_->Add(second.reader(), listener_).ok());
  };
  first->Send("a");
  Poll();
  EXPECT_EQ(listener_.calls, 1);
  second.Send("b");
  Poll();
  EXPECT_EQ(listener_.readable, 2);
  poller_->Remove(second.reader(), listener_);
}

TEST_F(EpollPollerTest, MoreReadyDescriptorsThanAWaitHandlesAreAllTold) {
  constexpr size_t kPipes = 200;
  std::vector<std::unique_ptr<Ends>> pipes;
  std::vector<Listener> listeners(kPipes);
  for (size_t i = 0; i < kPipes; ++i) {
    pipes.push_back(std::make_unique<Ends>(Ends::kPipe));
    ASSERT_TRUE(poller_->Add(pipes[i]->reader(), listeners[i]).ok());
    pipes[i]->Send("a");
  }
  poller_->Wake();
  for (int i = 0; i < 5; ++i) Poll();
  for (size_t i = 0; i < kPipes; ++i) {
    EXPECT_EQ(listeners[i].calls, 1);
    poller_->Remove(pipes[i]->reader(), listeners[i]);
  }
}

TEST_F(EpollPollerTest, BytesFromAnotherThreadEndAWait) {
  const Ends sockets(Ends::kSockets);
  ASSERT_TRUE(poller_->Add(sockets.reader(), listener_).ok());
  Poll();
  listener_ = Listener();
  for (int round = 0; round < 200; ++round) {
    std::thread sender([&] { sockets.Send("a"); });
    while (listener_.readable <= round) poller_->Wait(Instant::Infinite());
    sender.join();
  }
  EXPECT_EQ(listener_.readable, 200);
  poller_->Remove(sockets.reader(), listener_);
}

TEST_F(EpollPollerTest, WakesAndBytesDoNotHideEachOther) {
  const Ends sockets(Ends::kSockets);
  ASSERT_TRUE(poller_->Add(sockets.reader(), listener_).ok());
  Poll();
  listener_ = Listener();
  sockets.Send("a");
  poller_->Wake();
  poller_->Wait(Instant::Infinite());
  EXPECT_EQ(listener_.readable, 1);
  sockets.Send("b");
  poller_->Wait(Instant::Infinite());
  EXPECT_EQ(listener_.readable, 2);
  poller_->Remove(sockets.reader(), listener_);
}

TEST_F(EpollPollerTest, AddSaysWhichDescriptorItCouldNotWatch) {
  const absl::Status status = poller_->Add(-1, listener_);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.message(), "watch descriptor -1: Bad file descriptor");
}

TEST_F(EpollPollerTest, RemovingWhatIsNotWatchedDoesNothing) {
  const Ends pipe(Ends::kPipe);
  poller_->Remove(pipe.reader(), listener_);
  poller_->Remove(-1, listener_);
  Poll();
}

TEST(EpollPollerLimitTest, OutOfDescriptorsIsAStatusThatSaysSo) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = dup(0);
  close(next);
  // None left, then only one, where two are needed.
  for (const int left : {0, 1}) {
    const rlimit low = {static_cast<rlim_t>(next + left), before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    const auto poller = EpollPoller::Create(BootClock());
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(poller.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_NE(poller.status().message().find("Too many open files"), absl::string_view::npos);
  }
  const int same = dup(0);
  EXPECT_EQ(same, next);  // nothing was left open
  close(same);
}

// Workers that wait in epoll: a task waits for bytes, and is woken on the worker where it parked.
TEST(EpollPollerSchedulerTest, TasksOnSeveralWorkersWaitForBytes) {
  SchedulerOptions options = OptionsForThreads(2);
  options.make_poller = [clock = BootClock()](int) { return *EpollPoller::Create(clock); };
  Scheduler scheduler(std::move(options));
  scheduler.Start();
  constexpr size_t kTasks = 20;
  constexpr int kBytes = 50;
  std::vector<std::unique_ptr<Ends>> sockets;
  Countdown done(kTasks);
  for (size_t i = 0; i < kTasks; ++i) {
    sockets.push_back(std::make_unique<Ends>(Ends::kSockets));
    Task::Start(scheduler.own_domain(), "reader", [&, ends = sockets.back().get()] {
      auto& poller = static_cast<FdPoller&>(CurrentWorker()->poller());
      Listener listener;
      WaitToken token;
      listener.on_ready = [&] { Waitable::Wake(token, WakeReason::kNotified); };
      ASSERT_TRUE(poller.Add(ends->reader(), listener).ok());
      for (int received = 0; received < kBytes;) {
        Wait wait(scheduler, "Read");
        token = wait.token();
        const int bytes = ends->Receive(7);
        if (bytes > 0) received += bytes;
        if (bytes < 0) wait.Until(Instant::Infinite());
      }
      EXPECT_EQ(&poller, &CurrentWorker()->poller());
      poller.Remove(ends->reader(), listener);
      done.Arrive();
    }).Unref();
  }
  for (int byte = 0; byte < kBytes; ++byte) {
    for (const std::unique_ptr<Ends>& ends : sockets) ends->Send("a");
  }
  done.Await();
  Drain(scheduler);
}

}  // namespace
}  // namespace rehearse
