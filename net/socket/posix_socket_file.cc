#include "rehearse/net/socket/posix_socket_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/socket/posix_address.h"
#include "rehearse/net/socket/posix_error.h"
#include "rehearse/net/socket/unix_address.h"

namespace rehearse::net {
namespace {

// To connect is to write.
constexpr mode_t kForItsUser = S_IRUSR | S_IWUSR;

// Of two who find the same file left behind, the second would remove what the first put there. So
// the directory is theirs one after the other; the lock goes with the descriptor.
class DirectoryLock {
 public:
  explicit DirectoryLock(absl::string_view path)
      : fd_(open(std::string(path.substr(0, path.rfind('/') + 1)).c_str(),
                 O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  ~DirectoryLock() {
    if (fd_ >= 0) close(fd_);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  // False, with errno. Does not wait: whoever has it need not be one of us.
  bool TryTake() const { return fd_ >= 0 && flock(fd_, LOCK_EX | LOCK_NB) == 0; }

 private:
  const int fd_;
};

bool IsSocket(const std::string& path) {
  struct stat found;
  return lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
}

// Asked with a datagram socket, which leaves no trace at one that listens: that one is of another
// type, which is answered too.
bool IsLeftBehind(const PosixAddress& host) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool refused = connect(fd, host.get(), host.size) != 0 && errno == ECONNREFUSED;
  close(fd);
  return refused;
}

}  // namespace

absl::Status BindSocketFile(int fd, absl::string_view what, const SocketAddress& address) {
  REHEARSE_ASSIGN_OR_RETURN(const PosixAddress host, PosixAddress::From(address));
  const std::string path(*UnixName(address.host));
  // Linux gives the file the mode that the socket has.
  if (fchmod(fd, kForItsUser) != 0) return HostError(what, address, errno);
  if (bind(fd, host.get(), host.size) == 0) return absl::OkStatus();
  if (errno != EADDRINUSE) return HostError(what, address, errno);
  const std::string told = absl::StrCat(what, " ", address.ToString(), ": ");
  if (!IsSocket(path)) {
    return absl::AlreadyExistsError(
        absl::StrCat(told, "a file that is no socket is there: remove it, or take another path"));
  }
  const DirectoryLock lock(path);
  if (!lock.TryTake()) {
    if (!WouldBlock(errno)) return HostError(what, address, errno);
    return absl::UnavailableError(
        absl::StrCat(told, "another process is replacing a socket in its directory: try again"));
  }
  if (!IsLeftBehind(host)) {
    return absl::AlreadyExistsError(
        absl::StrCat(told, "a process has it open: stop that one, or take another path"));
  }
  if (unlink(path.c_str()) != 0) return HostError(what, address, errno);
  if (bind(fd, host.get(), host.size) != 0) return HostError(what, address, errno);
  return absl::OkStatus();
}

PosixSocketFile::PosixSocketFile(const SocketAddress& address) {
  const auto name = UnixName(address.host);
  if (!name.has_value() || !IsUnixPath(*name)) return;
  path_ = std::string(*name);
  struct stat found;
  if (lstat(path_.c_str(), &found) != 0) return;
  device_ = found.st_dev;
  inode_ = found.st_ino;
  there_ = true;
}

void PosixSocketFile::Remove() {
  if (!there_.exchange(false)) return;
  struct stat found;
  const bool is_ours =
      lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
  if (is_ours) unlink(path_.c_str());
}

}  // namespace rehearse::net
