#include "rehearse/tests/namespaces/net_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"

namespace rehearse {
namespace {

constexpr char kOfThisThread[] = "/proc/thread-self/ns/net";

absl::Status Refused(const std::string& what) {
  return absl::UnavailableError(absl::StrCat(
      what, ": ", std::strerror(errno),
      ". This test makes network namespaces. Run it as root, or let users make them: sysctl -w "
      "user.max_user_namespaces=10000 (Debian also kernel.unprivileged_userns_clone=1, Ubuntu "
      "kernel.apparmor_restrict_unprivileged_userns=0); in a container, add CAP_SYS_ADMIN and "
      "CAP_NET_ADMIN. Where that can't be, --test_env=REHEARSE_WITHOUT_NAMESPACES=1 skips it"));
}

bool WriteFile(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool whole = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return whole;
}

absl::Status BecomeRootOfOwn() {
  const std::string user = absl::StrCat("0 ", geteuid(), " 1");
  const std::string group = absl::StrCat("0 ", getegid(), " 1");
  if (unshare(CLONE_NEWUSER) != 0) return Refused("unshare(CLONE_NEWUSER)");
  if (!WriteFile("/proc/self/setgroups", "deny") || !WriteFile("/proc/self/uid_map", user) ||
      !WriteFile("/proc/self/gid_map", group)) {
    return Refused("root of a user namespace");
  }
  return absl::OkStatus();
}

int OpenOfThisThread() {
  const int fd = open(kOfThisThread, O_RDONLY | O_CLOEXEC);
  REHEARSE_CHECK(fd >= 0, std::string("can't open ") + kOfThisThread);
  return fd;
}

}  // namespace

absl::Status MoveIntoOwnNamespace() {
  if (unshare(CLONE_NEWNET) == 0) return absl::OkStatus();
  if (errno != EPERM) return Refused("unshare(CLONE_NEWNET)");
  if (absl::Status status = BecomeRootOfOwn(); !status.ok()) return status;
  return unshare(CLONE_NEWNET) == 0 ? absl::OkStatus() : Refused("unshare(CLONE_NEWNET)");
}

absl::StatusOr<NetNamespace> NetNamespace::Make() {
  const int home = OpenOfThisThread();
  const bool made = unshare(CLONE_NEWNET) == 0;
  absl::StatusOr<NetNamespace> result =
      made ? absl::StatusOr<NetNamespace>(NetNamespace(OpenOfThisThread()))
           : Refused("unshare(CLONE_NEWNET)");
  REHEARSE_CHECK(setns(home, CLONE_NEWNET) == 0, "no way back from a network namespace");
  close(home);
  return result;
}

NetNamespace::NetNamespace(NetNamespace&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

NetNamespace::~NetNamespace() {
  if (fd_ >= 0) close(fd_);
}

void NetNamespace::Run(const std::function<void()>& work) const {
  const int home = OpenOfThisThread();
  REHEARSE_CHECK(setns(fd_, CLONE_NEWNET) == 0, "no way into a network namespace");
  work();
  REHEARSE_CHECK(setns(home, CLONE_NEWNET) == 0, "no way back from a network namespace");
  close(home);
}

std::string NetNamespace::path() const { return absl::StrCat("/proc/", getpid(), "/fd/", fd_); }

absl::Status RunIp(const std::string& commands) {
  FILE* const pipe = popen("PATH=/usr/sbin:/sbin:/usr/bin:/bin exec ip -batch -", "we");
  if (pipe == nullptr) return Refused("popen");
  std::fwrite(commands.data(), 1, commands.size(), pipe);
  const int status = pclose(pipe);
  if (status == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("ip, of Debian's iproute2 (tools/setup), ended with ",
                                             status, " at:\n", commands));
}

}  // namespace rehearse
