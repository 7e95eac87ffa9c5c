#include "rehearse/tests/integration/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "rehearse/actor/env/check.h"

namespace rehearse {

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::vector<std::string>& variables) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  std::array<int, 2> theirs;
  for (size_t i = 0; i < fds_.size(); ++i) {
    int ends[2];
    REHEARSE_CHECK(pipe2(ends, O_CLOEXEC) == 0, "no pipes to be had");
    fds_[i] = ends[0];
    theirs[i] = ends[1];
    posix_spawn_file_actions_adddup2(&actions, ends[1], static_cast<int>(i) + 1);
  }
  char path[] = "PATH=/usr/bin:/bin";
  std::vector<char*> environment = {path};
  for (const std::string& variable : variables) {
    environment.push_back(const_cast<char*>(variable.c_str()));
  }
  environment.push_back(nullptr);
  const int failed =
      posix_spawn(&pid_, pointers[0], &actions, nullptr, pointers.data(), environment.data());
  REHEARSE_CHECK(failed == 0, arguments[0] + " could not be run");
  posix_spawn_file_actions_destroy(&actions);
  for (const int fd : theirs) close(fd);
}

ChildProcess::~ChildProcess() {
  if (Lives()) Signal(SIGKILL);
  Reap(0);
  for (const int fd : fds_) {
    if (fd >= 0) close(fd);
  }
}

bool ChildProcess::AwaitWords(const std::string& words, absl::Duration patience) {
  return Await(err(), words, patience);
}

bool ChildProcess::AwaitOutput(const std::string& words, absl::Duration patience) {
  return Await(out(), words, patience);
}

void ChildProcess::Listen(absl::Duration length) {
  const absl::Time deadline = absl::Now() + length;
  while (TakeIn(deadline)) {
  }
}

void ChildProcess::Signal(int number) {
  if (!reaped_) kill(pid_, number);
}

bool ChildProcess::Lives() { return !Reap(WNOHANG); }

int ChildProcess::Finish(absl::Duration patience) {
  Listen(patience);
  // Both its ends are closed, or the patience is over.
  if (fds_[0] >= 0 || fds_[1] >= 0) Signal(SIGKILL);
  Reap(0);
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

// Until `text`, one of its own, has `words`.
bool ChildProcess::Await(const std::string& text, const std::string& words,
                         absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (!absl::StrContains(text, words)) {
    if (!TakeIn(deadline)) return absl::StrContains(text, words);
  }
  return true;
}

// Once, as soon as it says something. False: it says no more, or not before `deadline`.
bool ChildProcess::TakeIn(absl::Time deadline) {
  std::array<pollfd, 2> awaited = {pollfd{fds_[0], POLLIN, 0}, pollfd{fds_[1], POLLIN, 0}};
  if (fds_[0] < 0 && fds_[1] < 0) return false;
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  if (left <= 0 || poll(awaited.data(), awaited.size(), static_cast<int>(left) + 1) <= 0) {
    return false;
  }
  for (size_t i = 0; i < fds_.size(); ++i) {
    if (awaited[i].revents == 0) continue;
    char bytes[4096];
    const ssize_t got = read(fds_[i], bytes, sizeof bytes);
    if (got > 0) {
      texts_[i].append(bytes, static_cast<size_t>(got));
    } else {
      close(fds_[i]);
      fds_[i] = -1;
    }
  }
  return true;
}

// Whether it has ended.
bool ChildProcess::Reap(int flags) {
  if (!reaped_) reaped_ = waitpid(pid_, &status_, flags) == pid_;
  return reaped_;
}

}  // namespace rehearse
