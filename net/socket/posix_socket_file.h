// What a Unix socket with a path leaves in the file system: made with it, replaced if its owner is
// gone, removed with it.

#ifndef REHEARSE_NET_SOCKET_POSIX_SOCKET_FILE_H_
#define REHEARSE_NET_SOCKET_POSIX_SOCKET_FILE_H_

#include <sys/types.h>

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// Binds `fd`, a Unix socket, at `address`, whose host is a path. The file is for its user alone,
// less what the umask takes. A socket's file that no process has open any more is replaced.
//   kAlreadyExists    a process has it open, or it is no socket's.
//   kUnavailable      the directory does not let us; or another process is replacing one just now.
absl::Status BindSocketFile(int fd, absl::string_view what, const SocketAddress& address);

// The file of a socket that is bound. Any thread.
class PosixSocketFile {
 public:
  // `address` is the socket's own; one that is no path has no file.
  explicit PosixSocketFile(const SocketAddress& address);
  ~PosixSocketFile() { Remove(); }
  PosixSocketFile(const PosixSocketFile&) = delete;
  PosixSocketFile& operator=(const PosixSocketFile&) = delete;

  // Once; not if another has put its own there.
  void Remove();

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::atomic<bool> there_{false};
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_SOCKET_FILE_H_
