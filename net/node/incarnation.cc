#include "rehearse/net/node/incarnation.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(absl::StrCat(what, " ", path, ": ", std::strerror(errno)));
}

absl::StatusOr<uint64_t> ReadCount(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return uint64_t{0};
    return Failed("read", path);
  }
  char text[32];
  const ssize_t bytes = read(fd, text, sizeof(text));
  close(fd);
  uint64_t count = 0;
  if (bytes < 0) return Failed("read", path);
  if (!absl::SimpleAtoi(absl::string_view(text, static_cast<size_t>(bytes)), &count)) {
    return absl::DataLossError(absl::StrCat("read ", path, ": it holds no number"));
  }
  return count;
}

absl::Status WriteDurably(const std::string& directory, const std::string& path, uint64_t count) {
  const std::string temporary = path + ".new";
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Failed("write", temporary);
  const std::string text = absl::StrCat(count, "\n");
  const bool written =
      write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
  close(fd);
  if (!written) return Failed("write", temporary);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return Failed("rename", temporary);
  // The rename is durable once the directory is.
  const int directory_fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_fd < 0) return Failed("open", directory);
  const bool synced = fsync(directory_fd) == 0;
  close(directory_fd);
  return synced ? absl::OkStatus() : Failed("sync", directory);
}

absl::StatusOr<uint64_t> CountStart(const std::string& directory, const std::string& path) {
  absl::StatusOr<uint64_t> count = ReadCount(path);
  if (!count.ok()) return count.status();
  const absl::Status written = WriteDurably(directory, path, *count + 1);
  if (!written.ok()) return written;
  return *count + 1;
}

}  // namespace

absl::StatusOr<uint64_t> NextIncarnation(const std::string& state_dir) {
  if (mkdir(state_dir.c_str(), 0755) != 0 && errno != EEXIST) return Failed("make", state_dir);
  const std::string path = absl::StrCat(state_dir, "/incarnation");
  // Two at once take turns. The lock is let go when the process ends, at the latest.
  const std::string lock_path = path + ".lock";
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0 || flock(lock, LOCK_EX) != 0) return Failed("lock", lock_path);
  const absl::StatusOr<uint64_t> next = CountStart(state_dir, path);
  close(lock);
  return next;
}

}  // namespace rehearse::net
