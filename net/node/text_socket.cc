#include "rehearse/net/node/text_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

// Who is not served yet. More wait, or are refused, on their side.
constexpr int kBacklog = 16;

absl::Status Failed(const std::string& path, absl::string_view what) {
  return absl::UnavailableError(
      absl::StrCat("listen at ", path, ": ", what, ": ", std::strerror(errno)));
}

absl::StatusOr<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  constexpr size_t kBytesMax = sizeof(address.sun_path) - 1;
  if (path.empty() || path.size() > kBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("listen at ", path,
                                                   ": a socket's path has 1 to ", kBytesMax,
                                                   " bytes, this one ", path.size()));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int OpenSocket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// Removes what a process that is gone has left at `path`.
absl::Status RemoveStale(const std::string& path, const sockaddr_un& address) {
  struct stat found;
  if (lstat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? absl::OkStatus() : Failed(path, "look");
  }
  if (!S_ISSOCK(found.st_mode)) {
    return absl::UnavailableError(
        absl::StrCat("listen at ", path, ": something is there, and it is no socket"));
  }
  const int probe = OpenSocket();
  if (probe < 0) return Failed(path, "open a socket");
  const int connected =
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int error = connected == 0 ? 0 : errno;
  close(probe);
  if (error != ECONNREFUSED) {
    return absl::UnavailableError(
        absl::StrCat("listen at ", path, ": another process listens there"));
  }
  return unlink(path.c_str()) == 0 ? absl::OkStatus() : Failed(path, "remove a stale socket");
}

absl::Status Bind(int fd, const std::string& path, const sockaddr_un& address) {
  // Before it is bound, so that it never has another mode.
  if (fchmod(fd, 0600) != 0) return Failed(path, "set its mode");
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return Failed(path, "bind");
  }
  return listen(fd, kBacklog) == 0 ? absl::OkStatus() : Failed(path, "listen");
}

}  // namespace

absl::StatusOr<std::unique_ptr<TextSocket>> TextSocket::Listen(const std::string& path,
                                                               std::function<std::string()> text) {
  REHEARSE_ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path));
  REHEARSE_RETURN_IF_ERROR(RemoveStale(path, address));
  const int fd = OpenSocket();
  if (fd < 0) return Failed(path, "open a socket");
  const int told = eventfd(0, EFD_CLOEXEC);
  absl::Status bound = told < 0 ? Failed(path, "make an event") : Bind(fd, path, address);
  if (!bound.ok()) {
    close(fd);
    if (told >= 0) close(told);
    return bound;
  }
  return std::unique_ptr<TextSocket>(new TextSocket(path, std::move(text), fd, told));
}

TextSocket::TextSocket(std::string path, std::function<std::string()> text, int listening, int told)
    : path_(std::move(path)), text_(std::move(text)), listening_(listening), told_(told) {
  server_ = std::thread([this] { Serve(); });
}

TextSocket::~TextSocket() {
  const uint64_t one = 1;
  (void)!write(told_, &one, sizeof(one));
  server_.join();
  unlink(path_.c_str());
  close(listening_);
  close(told_);
}

void TextSocket::Serve() {
  while (true) {
    pollfd events[] = {{listening_, POLLIN, 0}, {told_, POLLIN, 0}};
    if (poll(events, 2, -1) < 0) continue;
    if (events[1].revents != 0) return;
    const int client = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) {
      // Out of descriptors, or gone again: others close theirs meanwhile.
      pollfd end = {told_, POLLIN, 0};
      poll(&end, 1, 10);
      continue;
    }
    Give(client);
    close(client);
  }
}

void TextSocket::Give(int client) {
  const auto now = std::chrono::steady_clock::now();
  if (last_text_.empty() || now - last_made_ >= kTextEvery) {
    last_text_ = text_();
    last_made_ = std::chrono::steady_clock::now();
  }
  const auto until = std::chrono::steady_clock::now() + kPatience;
  size_t given = 0;
  while (given < last_text_.size() && std::chrono::steady_clock::now() < until) {
    const ssize_t more =
        send(client, last_text_.data() + given, last_text_.size() - given, MSG_NOSIGNAL);
    if (more >= 0) {
      given += static_cast<size_t>(more);
    } else if (errno == EAGAIN) {
      pollfd room = {client, POLLOUT, 0};
      poll(&room, 1, static_cast<int>(kPatience.count()));
    } else if (errno != EINTR) {
      return;
    }
  }
}

}  // namespace rehearse::net
