#include "rehearse/net/node/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::Duration WatchdogOfEnvironment() {
  int64_t microseconds = 0;
  if (!absl::SimpleAtoi(Variable("WATCHDOG_USEC"), &microseconds) || microseconds <= 0) {
    return absl::InfiniteDuration();
  }
  // It may be meant for another process of the service.
  const std::string pid = Variable("WATCHDOG_PID");
  if (!pid.empty() && pid != absl::StrCat(getpid())) return absl::InfiniteDuration();
  return absl::Microseconds(microseconds);
}

}  // namespace

ServiceManager ServiceManager::OfEnvironment() {
  return ServiceManager(Variable("NOTIFY_SOCKET"), WatchdogOfEnvironment());
}

absl::Status ServiceManager::Notify(absl::string_view lines) const {
  if (socket_.empty()) return absl::OkStatus();
  const auto failed = [this](absl::string_view what) {
    return absl::UnavailableError(absl::StrCat("notify the service manager at ", socket_, ": ",
                                               what, ": ", std::strerror(errno)));
  };
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof(address.sun_path)) {
    errno = ENAMETOOLONG;
    return failed("its name");
  }
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return failed("open a socket");
  const ssize_t sent =
      sendto(fd, lines.data(), lines.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address),
             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size()));
  const absl::Status status = sent < 0 ? failed("send") : absl::OkStatus();
  close(fd);
  return status;
}

}  // namespace rehearse::net
