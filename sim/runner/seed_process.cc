#include "rehearse/sim/runner/seed_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/sim/hermetic/caller.h"
#include "rehearse/sim/hermetic/outside.h"
#include "rehearse/sim/runner/crash_page.h"
#include "rehearse/sim/runner/result_codec.h"
#include "rehearse/sim/runner/run_seed.h"
#include "rehearse/sim/runner/seed_protocol.h"
#include "rehearse/sim/runner/sim_test.h"

namespace rehearse::sim {
namespace {

constexpr size_t kEventsBytes = size_t{32} << 10;
constexpr size_t kOutputBytesMax = size_t{8} << 10;
constexpr size_t kCallersMax = 16;
constexpr time_t kGraceSeconds = 5;  // for a hung run to say where it is

// Results of short runs are told together.
constexpr int64_t kTellAfterNanos = 5'000'000;
constexpr size_t kTellBytes = size_t{16} << 10;

int64_t Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// False once nobody listens any more.
bool SendPacket(int socket, SeedPacket kind, const void* bytes, size_t size) {
  iovec parts[] = {{&kind, sizeof kind}, {const_cast<void*>(bytes), size}};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent == -1 && errno == EINTR);
  return sent != -1;
}

// Gathers lines into packets.
class EventStream {
 public:
  explicit EventStream(int socket) : socket_(socket) { lines_.reserve(kEventsBytes); }

  void Add(absl::string_view line) {
    if (lines_.size() + line.size() + 1 > kEventsBytes) Flush();
    lines_.append(line.data(), std::min(line.size(), kEventsBytes / 2));
    lines_.push_back('\n');
  }
  void AddCallers() {
    const OutsideHermetic outside;
    for (const std::string& name : CallerNames(kCallersMax)) Add(name);
  }
  void Flush() {
    if (!lines_.empty() &&
        !SendPacket(socket_, SeedPacket::kEvents, lines_.data(), lines_.size())) {
      _exit(1);
    }
    lines_.clear();
  }

 private:
  const int socket_;
  std::string lines_;
};

class SeedProcess {
 public:
  SeedProcess(int socket, const SeedProcessOptions& options);
  [[noreturn]] void Serve();

 private:
  [[noreturn]] void PlayInChild(const SeedRequest& request);
  bool Receive(SeedRequest& request);
  SeedEnd WaitFor(pid_t child);
  bool Reap(pid_t child, time_t seconds, int& status);
  void Tell(const SeedRequest& request, SeedEnd end);
  void Flush();
  std::string Evidence(const SeedRequest& request);
  void AppendOutput(std::string& text);

  const int socket_;
  const SeedProcessOptions& options_;
  CrashPage* const page_;
  const int output_;  // a file in memory that takes what a run prints
  std::string ends_;  // not told yet
  int64_t told_at_ = 0;
};

SeedProcess::SeedProcess(int socket, const SeedProcessOptions& options)
    : socket_(socket),
      options_(options),
      page_(CrashPage::Map()),
      output_(memfd_create("output", MFD_CLOEXEC)) {
  REHEARSE_CHECK(page_ != nullptr && output_ != -1, "no memory for a seed's process");
  // Thousands of crashing seeds shall not write thousands of core files.
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, nullptr);
  ends_.reserve(kPacketBytesMax);
  CatchCrashes(*page_, nullptr);
}

void SeedProcess::Serve() {
  SeedRequest request;
  while (Receive(request)) {
    page_->Reset();
    if (request.keep_output && ftruncate(output_, 0) == 0) lseek(output_, 0, SEEK_SET);
    const pid_t child = fork();
    if (child == 0) PlayInChild(request);
    // Without a process to play it in, the seed is reported as killed.
    Tell(request, child == -1 ? SeedEnd{.wait_status = SIGKILL} : WaitFor(child));
  }
  _exit(0);
}

// Who asked is woken when there is nothing else to do, or for results that are worth it.
bool SeedProcess::Receive(SeedRequest& request) {
  const int flags = ends_.empty() ? 0 : MSG_DONTWAIT;
  ssize_t got = recv(socket_, &request, sizeof request, flags);
  if (got == -1 && !ends_.empty()) {
    Flush();
    got = recv(socket_, &request, sizeof request, 0);
  }
  // What the run itself sends comes after what is known of others.
  if (request.stream_events || request.callers_of != 0) Flush();
  return got == static_cast<ssize_t>(sizeof request);
}

void SeedProcess::Tell(const SeedRequest& request, SeedEnd end) {
  const absl::string_view result = end.wait_status == 0 ? page_->result() : absl::string_view();
  const std::string evidence = result.empty() ? Evidence(request) : std::string();
  end.result_bytes = static_cast<uint32_t>(result.size());
  end.evidence_bytes = static_cast<uint32_t>(evidence.size());
  if (ends_.size() + sizeof end + result.size() + evidence.size() >= kPacketBytesMax) Flush();
  ends_.append(reinterpret_cast<const char*>(&end), sizeof end);
  ends_.append(result.data(), result.size());
  ends_.append(evidence);
  if (Now() - told_at_ > kTellAfterNanos || ends_.size() > kTellBytes) Flush();
}

void SeedProcess::Flush() {
  if (ends_.empty()) return;
  if (!SendPacket(socket_, SeedPacket::kEnds, ends_.data(), ends_.size())) _exit(1);
  ends_.clear();
  told_at_ = Now();
}

void SeedProcess::PlayInChild(const SeedRequest& request) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (request.keep_output) {
    dup2(output_, STDOUT_FILENO);
    dup2(output_, STDERR_FILENO);
  }
  EventStream stream(socket_);
  RunOptions options;
  options.seed = request.seed;
  options.args = options_.args;
  options.plan = options_.plan;
  options.ring = &page_->events();
  if (request.stream_events || request.callers_of != 0) {
    options.on_event = [&stream, &request, event = uint64_t{0}](absl::string_view line) mutable {
      OutsideRunMemory outside;
      if (request.stream_events) stream.Add(line);
      if (++event == request.callers_of) stream.AddCallers();
    };
  }
  const SimTest& test =
      options_.only_test != nullptr ? *options_.only_test : SimTests()[request.test];
  const RunResult result = RunSeed(test, options, request.perturbation);
  stream.Flush();
  std::string bytes;
  EncodeResult(result, bytes);
  page_->SetResult(bytes);
  std::fflush(nullptr);
  _exit(0);
}

SeedEnd SeedProcess::WaitFor(pid_t child) {
  SeedEnd end;
  const auto limit = static_cast<time_t>(absl::ToInt64Seconds(options_.hang_timeout) + 1);
  if (!Reap(child, limit, end.wait_status)) {
    end.hung = 1;
    kill(child, SIGALRM);
    if (!Reap(child, kGraceSeconds, end.wait_status)) {
      kill(child, SIGKILL);
      waitpid(child, &end.wait_status, 0);
    }
  }
  end.signal = page_->signal();
  end.event_count = page_->events().count;
  end.virtual_nanos = page_->events().last_time().nanos();
  return end;
}

// Whether the child ended within `seconds`.
bool SeedProcess::Reap(pid_t child, time_t seconds, int& status) {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  const time_t deadline = time(nullptr) + seconds;
  for (;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return true;
    const time_t left = deadline - time(nullptr);
    if (left <= 0) return false;
    const timespec length = {left, 0};
    sigtimedwait(&children, nullptr, &length);
  }
}

std::string SeedProcess::Evidence(const SeedRequest& request) {
  std::string text;
  if (page_->signal() != 0) {
    absl::StrAppend(&text, page_->SignalText(), "\n", page_->backtrace());
  }
  text.push_back('\0');
  for (const std::string& line : page_->events().Lines()) absl::StrAppend(&text, line, "\n");
  text.push_back('\0');
  if (request.keep_output) AppendOutput(text);
  return text;
}

void SeedProcess::AppendOutput(std::string& text) {
  const off_t size = lseek(output_, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(kOutputBytesMax));
  std::string output(static_cast<size_t>(std::max<off_t>(0, size - from)), '\0');
  const ssize_t got = pread(output_, output.data(), output.size(), from);
  if (got > 0) text.append(output, 0, static_cast<size_t>(got));
}

}  // namespace

void ServeSeeds(int socket, const SeedProcessOptions& options) {
  WarmUp();
  SeedProcess process(socket, options);
  process.Serve();
}

}  // namespace rehearse::sim
