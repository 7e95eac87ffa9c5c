// What all Processes promise, the host's and simulated ones alike.

#ifndef REHEARSE_TESTS_CONFORMANCE_PROCESSES_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_PROCESSES_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/processes.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse {

// One world for one test.
class ProcessesWorld {
 public:
  virtual ~ProcessesWorld() = default;

  virtual TwoNodes& nodes() = 0;
  // Node 0's.
  virtual Processes& processes() = 0;

  // A program of this kind, with `arguments`:
  //   "copy"          its input to its output
  //   "say"           the first argument to its output, the second to its errors; exits with the
  //                   third
  //   "sleep"         reads nothing, and never ends
  //   "flood"         a MiB of zeros to its output
  //   "surroundings"  "$NAME in DIRECTORY" to its output
  virtual ProcessOptions Program(const std::string& kind, std::vector<std::string> arguments) = 0;

  // Whether the process of this number has left something behind. On a fiber of node 0.
  virtual bool Lives(int64_t id) = 0;
};

struct ProcessesArm {
  std::string name;
  std::function<std::unique_ptr<ProcessesWorld>()> make;
};

class ProcessesConformance : public testing::TestWithParam<ProcessesArm> {
 public:
  using Handle = std::unique_ptr<Process>;

  void Run(std::function<void()> body) {
    world_->nodes().Run(std::move(body), [] {});
  }

  Handle Start(const std::string& kind, std::vector<std::string> arguments = {},
               Wiring in = Wiring::kPiped) {
    ProcessOptions options = world_->Program(kind, std::move(arguments));
    options.in = in;
    options.err = Wiring::kPiped;
    auto process = world_->processes().Start(options);
    EXPECT_TRUE(process.ok()) << process.status();
    return *std::move(process);
  }
  // All of it, up to its end.
  static std::string ReadAll(Process& process, ProcessOutput from = ProcessOutput::kOut) {
    std::string bytes;
    while (true) {
      const auto count = process.Read(from, 4096, bytes, Instant::Infinite());
      EXPECT_TRUE(count.ok()) << count.status();
      if (!count.ok() || *count == 0) return bytes;
    }
  }
  static absl::Status ReadOnce(Process& process, Instant deadline = Instant::Infinite()) {
    std::string bytes;
    return process.Read(ProcessOutput::kOut, 4096, bytes, deadline).status();
  }
  static ProcessExit ExitOf(Process& process) {
    const auto exit = process.Wait(Instant::Infinite());
    EXPECT_TRUE(exit.ok()) << exit.status();
    return exit.ok() ? *exit : ProcessExit{.code = -1};
  }
  void ExpectNothingLeft(int64_t id) {
    for (int i = 0; i < 5000 && world_->Lives(id); ++i) Pass(absl::Milliseconds(1));
    EXPECT_FALSE(world_->Lives(id));
  }
  static void ExpectCode(const absl::Status& status, absl::StatusCode code) {
    EXPECT_EQ(status.code(), code) << status;
  }

  const std::unique_ptr<ProcessesWorld> world_ = GetParam().make();
};

TEST_P(ProcessesConformance, SaysWhatItWasToldAndHowItEnded) {
  Run([this] {
    const Handle process = Start("say", {"a word", "a complaint", "3"});
    EXPECT_EQ(ReadAll(*process), "a word");
    EXPECT_EQ(ReadAll(*process, ProcessOutput::kErr), "a complaint");
    EXPECT_EQ(ExitOf(*process), (ProcessExit{.code = 3}));
    EXPECT_EQ(ExitOf(*process).ToString(), "exit code 3");
  });
}

TEST_P(ProcessesConformance, WhatItSaidCanBeReadAfterItsEnd) {
  Run([this] {
    const Handle process = Start("say", {"last words", "", "0"});
    EXPECT_TRUE(ExitOf(*process).ok());
    EXPECT_EQ(ReadAll(*process), "last words");
  });
}

TEST_P(ProcessesConformance, BytesGoThroughItInOrder) {
  Run([this] {
    const Handle process = Start("copy");
    std::string bytes(300000, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
    Beside writer([&] {
      EXPECT_TRUE(process->WriteIn(bytes, Instant::Infinite()).ok());
      process->CloseIn();
    });
    EXPECT_TRUE(ReadAll(*process) == bytes);
    writer.Join();
    EXPECT_TRUE(ExitOf(*process).ok());
    ExpectCode(process->WriteIn("x", Instant::Infinite()), absl::StatusCode::kUnavailable);
  });
}

TEST_P(ProcessesConformance, WithoutAnInputItReadsTheEnd) {
  Run([this] {
    const Handle process = Start("copy", {}, Wiring::kNothing);
    EXPECT_EQ(ReadAll(*process), "");
    EXPECT_TRUE(ExitOf(*process).ok());
    ExpectCode(process->WriteIn("x", Instant::Infinite()), absl::StatusCode::kFailedPrecondition);
  });
}

TEST_P(ProcessesConformance, WhoSaysMuchWaitsUntilItIsRead) {
  Run([this] {
    const Handle process = Start("flood");
    ExpectCode(process->Wait(In(absl::Milliseconds(100))).status(),
               absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(ReadAll(*process).size(), size_t{1} << 20);
    EXPECT_TRUE(ExitOf(*process).ok());
  });
}

TEST_P(ProcessesConformance, DeadlinesEndWaitsAndLoseNothing) {
  Run([this] {
    const Handle process = Start("copy");
    const Instant deadline = In(absl::Milliseconds(20));
    ExpectCode(ReadOnce(*process, deadline), absl::StatusCode::kDeadlineExceeded);
    EXPECT_GE(In(absl::ZeroDuration()), deadline);
    ExpectCode(process->Wait(Instant()).status(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_TRUE(process->WriteIn("late", Instant::Infinite()).ok());
    process->CloseIn();
    EXPECT_EQ(ReadAll(*process), "late");
    const Handle deaf = Start("sleep");
    ExpectCode(deaf->WriteIn(std::string(1 << 20, 'x'), In(absl::Milliseconds(50))),
               absl::StatusCode::kDeadlineExceeded);
  });
}

TEST_P(ProcessesConformance, ASignalEndsItAndIsToldOfItsEnd) {
  Run([this] {
    const Handle process = Start("sleep");
    ExpectCode(process->Signal(12345), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(process->Signal(15).ok());
    EXPECT_EQ(ExitOf(*process), (ProcessExit{.signal = 15}));
    EXPECT_EQ(ExitOf(*process).ToString(), "signal 15");
    ExpectCode(process->Signal(15), absl::StatusCode::kNotFound);
    EXPECT_EQ(ReadAll(*process), "");
  });
}

TEST_P(ProcessesConformance, WriterToOneThatHasEndedIsTold) {
  Run([this] {
    const Handle process = Start("say", {"", "", "0"});
    EXPECT_TRUE(ExitOf(*process).ok());
    ExpectCode(process->WriteIn("anybody?", Instant::Infinite()), absl::StatusCode::kUnavailable);
  });
}

TEST_P(ProcessesConformance, SeesTheEnvironmentAndTheDirectoryThatItIsGiven) {
  Run([this] {
    ProcessOptions options = world_->Program("surroundings", {});
    options.environment = {"NAME=value"};
    options.directory = "/";
    const auto process = world_->processes().Start(options);
    ASSERT_TRUE(process.ok()) << process.status();
    EXPECT_EQ(ReadAll(**process), "value in /");
  });
}

TEST_P(ProcessesConformance, AProgramThatIsNotThereIsNotFoundByItsName) {
  Run([this] {
    const absl::Status status = world_->processes().Start({.program = "/no/such/program"}).status();
    ExpectCode(status, absl::StatusCode::kNotFound);
    EXPECT_TRUE(absl::StrContains(status.message(), "start /no/such/program: ")) << status;
  });
}

TEST_P(ProcessesConformance, WhoIsStoppedGivesUpAndTheProcessLives) {
  Run([this] {
    const Handle process = Start("copy");
    Beside waiter([&] {
      ExpectCode(process->Wait(Instant::Infinite()).status(), absl::StatusCode::kCancelled);
    });
    Beside reader([&] { ExpectCode(ReadOnce(*process), absl::StatusCode::kCancelled); });
    Pass(absl::Milliseconds(20));
    waiter.Stop();
    reader.Stop();
    waiter.Join();
    reader.Join();
    EXPECT_TRUE(process->WriteIn("alive", Instant::Infinite()).ok());
    process->CloseIn();
    EXPECT_EQ(ReadAll(*process), "alive");
  });
}

TEST_P(ProcessesConformance, ADroppedHandleLeavesNothing) {
  Run([this] {
    Handle running = Start("sleep");
    Handle ended = Start("say", {"unread", "", "0"});
    const std::vector<int64_t> ids = {running->id(), ended->id()};
    EXPECT_TRUE(world_->Lives(running->id()));
    running = nullptr;
    ended = nullptr;
    for (const int64_t id : ids) ExpectNothingLeft(id);
  });
}

TEST_P(ProcessesConformance, WhoIsKilledLeavesNothing) {
  Run([this] {
    Slot<int64_t> id;
    Event ended;
    Task& task = Task::Start(
        CurrentNode(), "killed",
        [&] {
          const Handle process = Start("sleep");
          id.Put(process->id());
          (void)process->Wait(Instant::Infinite());
        },
        [&](GuardResult, const std::exception_ptr&) { ended.Set(); });
    const int64_t number = id.Get();
    EXPECT_TRUE(world_->Lives(number));
    task.RequestKill();
    ended.Await();
    task.Unref();
    ExpectNothingLeft(number);
  });
}

}  // namespace rehearse

#endif  // REHEARSE_TESTS_CONFORMANCE_PROCESSES_CONFORMANCE_H_
