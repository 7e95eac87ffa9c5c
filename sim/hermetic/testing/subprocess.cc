#include "rehearse/sim/hermetic/testing/subprocess.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "rehearse/actor/env/check.h"

namespace rehearse::sim {
namespace {

void RefusePersonality() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_personality, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {static_cast<unsigned short>(std::size(program)), program};
  REHEARSE_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no seccomp here");
  REHEARSE_CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0, "no seccomp here");
}

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void Execute(const std::vector<std::string>& arguments,
                          const SubprocessOptions& options) {
  if (options.stack_bytes != 0) {
    rlimit stack = {};
    getrlimit(RLIMIT_STACK, &stack);
    stack.rlim_cur = options.stack_bytes;
    setrlimit(RLIMIT_STACK, &stack);
  }
  if (options.refuse_personality) RefusePersonality();
  execve(arguments[0].c_str(), Pointers(arguments).data(), Pointers(options.environment).data());
  _exit(127);
}

// Both at once, so that neither pipe fills up.
void ReadBoth(int out, int err, SubprocessResult& result) {
  std::array<pollfd, 2> fds = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  std::array<std::string*, 2> texts = {&result.out, &result.err};
  while (fds[0].fd != -1 || fds[1].fd != -1) {
    poll(fds.data(), fds.size(), -1);
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].fd == -1 || fds[i].revents == 0) continue;
      char bytes[4096];
      const ssize_t got = read(fds[i].fd, bytes, sizeof bytes);
      if (got > 0) {
        texts[i]->append(bytes, static_cast<size_t>(got));
      } else {
        close(fds[i].fd);
        fds[i].fd = -1;
      }
    }
  }
}

}  // namespace

SubprocessResult RunSubprocess(const std::vector<std::string>& arguments,
                               const SubprocessOptions& options) {
  int out[2];
  int err[2];
  REHEARSE_CHECK(pipe(out) == 0 && pipe(err) == 0, "no pipes to be had");
  const pid_t child = fork();
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    for (const int fd : {out[0], out[1], err[0], err[1]}) close(fd);
    Execute(arguments, options);
  }
  close(out[1]);
  close(err[1]);
  SubprocessResult result;
  ReadBoth(out[0], err[0], result);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

std::string Runfile(const std::string& path) {
  const char* const root = getenv("TEST_SRCDIR");
  const char* const workspace = getenv("TEST_WORKSPACE");
  if (root == nullptr || workspace == nullptr) return path;
  return std::string(root) + "/" + workspace + "/" + path;
}

}  // namespace rehearse::sim
