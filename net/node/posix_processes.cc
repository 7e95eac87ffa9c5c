#include "rehearse/net/node/posix_processes.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // which glibc 2.36 leaves out
#include <sys/pidfd.h>
}

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/blocking.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/node/posix_pipe.h"

namespace rehearse::net {
namespace {

// Closes itself.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.Take()) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int Take() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

absl::Status Refused(const ProcessOptions& options, int error) {
  const std::string message =
      absl::StrCat("start ", options.program, options.directory.empty() ? "" : " in ",
                   options.directory, ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR: return absl::NotFoundError(message);
    case EACCES:
    case EPERM: return absl::PermissionDeniedError(message);
    case E2BIG:
    case EINVAL:
    case ELIBBAD:
    case ENOEXEC: return absl::InvalidArgumentError(message);
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return absl::ResourceExhaustedError(message);
    default: return absl::UnavailableError(message);
  }
}

// What the child is to do before it becomes the program, and ends of pipes: its and ours.
class Preparation {
 public:
  Preparation() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // The node's mask and its deaf ear for SIGPIPE are not for others.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Preparation() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  // Where its descriptor `number` leads. 0, or an errno.
  int Wire(int number, Wiring wiring) {
    if (wiring == Wiring::kInherited) return 0;
    if (wiring == Wiring::kNothing) {
      return posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", O_RDWR, 0);
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    const size_t theirs = number == 0 ? 0 : 1;
    ours_[static_cast<size_t>(number)] = Fd(ends[1 - theirs]);
    theirs_[static_cast<size_t>(number)] = Fd(ends[theirs]);
    fcntl(ends[1 - theirs], F_SETFL, O_NONBLOCK);
    return posix_spawn_file_actions_adddup2(&actions_, ends[theirs], number);
  }

  // The process's number, or minus an errno.
  pid_t Spawn(const ProcessOptions& options) {
    if (!options.directory.empty()) {
      posix_spawn_file_actions_addchdir_np(&actions_, options.directory.c_str());
    }
    std::vector<char*> arguments = {const_cast<char*>(options.program.c_str())};
    Append(options.arguments, arguments);
    std::vector<char*> environment;
    Append(options.environment, environment);
    pid_t pid = 0;
    const int error = posix_spawn(&pid, options.program.c_str(), &actions_, &attributes_,
                                  arguments.data(), environment.data());
    return error == 0 ? pid : -error;
  }

  int TakeOurs(int number) { return ours_[static_cast<size_t>(number)].Take(); }

 private:
  static void Append(const std::vector<std::string>& words, std::vector<char*>& to) {
    for (const std::string& word : words) to.push_back(const_cast<char*>(word.c_str()));
    to.push_back(nullptr);
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::array<Fd, 3> ours_;
  std::array<Fd, 3> theirs_;
};

// Whether `pid` has ended, and how.
std::optional<ProcessExit> Reap(pid_t pid, int flags) {
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = waitpid(pid, &status, flags);
  } while (reaped < 0 && errno == EINTR);
  if (reaped != pid) return std::nullopt;
  if (WIFSIGNALED(status)) return ProcessExit{.code = 0, .signal = WTERMSIG(status)};
  return ProcessExit{.code = WEXITSTATUS(status), .signal = 0};
}

}  // namespace

class PosixProcesses::Child final : public Process {
 public:
  // `pidfd` is of `pid`, and is given over.
  Child(PosixProcesses& processes, const std::string& program, pid_t pid, int pidfd,
        Preparation& prepared)
      : threads_(processes.threads_),
        pid_(pid),
        name_(absl::StrCat(program, " (", pid, ")")),
        life_(*new PosixDescriptor(processes.watch_, pidfd)),
        in_(processes.watch_, processes.scratch_, prepared.TakeOurs(0), "the input of " + name_),
        out_(processes.watch_, processes.scratch_, prepared.TakeOurs(1), "the output of " + name_),
        err_(processes.watch_, processes.scratch_, prepared.TakeOurs(2), "the errors of " + name_) {
    life_.Watch();
  }
  ~Child() override {
    if (!exit_.has_value()) {
      pidfd_send_signal(life_.fd(), SIGKILL, nullptr, 0);
      threads_.Submit([pid = pid_] { Reap(pid, 0); });
    }
    life_.Release();
  }

  absl::Status WriteIn(absl::string_view bytes, Instant deadline) override {
    return in_.Write(bytes, deadline);
  }
  void CloseIn() override { in_.Close(); }
  absl::StatusOr<size_t> Read(ProcessOutput from, size_t bytes_max, std::string& out,
                              Instant deadline) override {
    return (from == ProcessOutput::kOut ? out_ : err_).Read(bytes_max, out, deadline);
  }

  absl::StatusOr<ProcessExit> Wait(Instant deadline) override {
    while (!exit_.has_value() && life_.TryAgain(PosixDescriptor::kRead)) {
      exit_ = Reap(pid_, WNOHANG);
      if (exit_.has_value()) break;
      const WakeReason reason = life_.Await(PosixDescriptor::kRead, deadline, "Wait");
      if (reason != WakeReason::kNotified) return WaitStatus(reason, "wait for " + name_);
    }
    if (!exit_.has_value()) return life_.WhyClosed("wait for " + name_);
    return *exit_;
  }

  absl::Status Signal(int number) override {
    if (pidfd_send_signal(life_.fd(), number, nullptr, 0) == 0) return absl::OkStatus();
    const std::string message =
        absl::StrCat("signal ", number, " to ", name_, ": ", std::strerror(errno));
    return errno == ESRCH ? absl::NotFoundError(message) : absl::InvalidArgumentError(message);
  }

  int64_t id() const override { return pid_; }

 private:
  SideThreads& threads_;
  const pid_t pid_;
  const std::string name_;
  PosixDescriptor& life_;
  PosixPipe in_;
  PosixPipe out_;
  PosixPipe err_;
  std::optional<ProcessExit> exit_;
};

PosixProcesses::PosixProcesses(Worker& home, FdPoller& poller, SideThreads& threads)
    : threads_(threads), watch_(home, poller) {}

absl::StatusOr<std::unique_ptr<Process>> PosixProcesses::Start(const ProcessOptions& options) {
  return RunBlocking([this, options] { return Spawn(options); });
}

absl::StatusOr<std::unique_ptr<Process>> PosixProcesses::Spawn(const ProcessOptions& options) {
  Preparation prepared;
  const std::array<Wiring, 3> wirings = {options.in, options.out, options.err};
  for (int number = 0; number < 3; ++number) {
    if (const int error = prepared.Wire(number, wirings[static_cast<size_t>(number)]); error != 0) {
      return Refused(options, error);
    }
  }
  const pid_t pid = prepared.Spawn(options);
  if (pid < 0) return Refused(options, -pid);
  Fd pidfd(pidfd_open(pid, 0));
  if (pidfd.get() < 0) {
    const int error = errno;
    kill(pid, SIGKILL);
    Reap(pid, 0);
    return Refused(options, error);
  }
  return std::make_unique<Child>(*this, options.program, pid, pidfd.Take(), prepared);
}

}  // namespace rehearse::net
