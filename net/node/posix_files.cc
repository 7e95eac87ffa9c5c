#include "rehearse/net/node/posix_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/blocking.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/handler.h"

namespace rehearse::net {
namespace {

absl::Status Failed(absl::string_view what, absl::string_view path, int error) {
  const std::string message = absl::StrCat(what, " ", path, ": ", std::strerror(error));
  switch (error) {
    case ENOENT: return absl::NotFoundError(message);
    case EEXIST: return absl::AlreadyExistsError(message);
    case EISDIR:
    case ENOTDIR:
    case EBADF:  // open for reading
    case ENOTEMPTY: return absl::FailedPreconditionError(message);
    case EACCES:
    case EPERM:
    case EROFS: return absl::PermissionDeniedError(message);
    case EINVAL:
    case EFBIG:
    case ELOOP:
    case ENAMETOOLONG: return absl::InvalidArgumentError(message);
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return absl::ResourceExhaustedError(message);
    case EIO: return absl::DataLossError(message);
    default: return absl::UnavailableError(message);
  }
}

// The host's paths end at the first zero.
absl::Status CheckPath(absl::string_view what, absl::string_view path) {
  return path.find('\0') == absl::string_view::npos ? absl::OkStatus() : Failed(what, path, EINVAL);
}

int FlagsOf(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead: return O_RDONLY;
    case OpenMode::kWrite: return O_RDWR;
    case OpenMode::kCreate: return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew: return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::kReplace: return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

// A descriptor, shared by its file and the calls that are under way. Closing may take as long as
// writing, so a side thread does it.
class OpenFd {
 public:
  OpenFd(int fd, SideThreads& threads) : fd_(fd), threads_(threads) {}
  ~OpenFd() {
    threads_.Submit([fd = fd_] { close(fd); });
  }
  OpenFd(const OpenFd&) = delete;
  OpenFd& operator=(const OpenFd&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
  SideThreads& threads_;
};
using SharedFd = std::shared_ptr<const OpenFd>;

absl::StatusOr<std::string> ReadSome(int fd, const std::string& path, uint64_t offset,
                                     size_t bytes_max) {
  std::string bytes(std::min(bytes_max, kReadBytesMax), '\0');
  ssize_t count = 0;
  do {
    count = pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return Failed("read", path, errno);
  bytes.resize(static_cast<size_t>(count));
  return bytes;
}

absl::Status WriteAll(int fd, const std::string& path, uint64_t offset, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return absl::OkStatus();
}

class PosixFile final : public File {
 public:
  PosixFile(SharedFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  absl::StatusOr<size_t> ReadAt(uint64_t offset, size_t bytes_max, std::string& out) override {
    if (offset > kOffsetMax) return size_t{0};
    absl::StatusOr<std::string> bytes = Aside(
        [=](int fd, const std::string& path) { return ReadSome(fd, path, offset, bytes_max); });
    if (!bytes.ok()) return bytes.status();
    out.append(*bytes);
    return bytes->size();
  }

  absl::Status WriteAt(uint64_t offset, absl::string_view bytes) override {
    if (offset > kOffsetMax - bytes.size()) return Failed("write", path_, EFBIG);
    return Aside([offset, kept = std::string(bytes)](int fd, const std::string& path) {
      return WriteAll(fd, path, offset, kept);
    });
  }

  absl::Status Sync() override {
    return Aside([](int fd, const std::string& path) {
      return fsync(fd) == 0 ? absl::OkStatus() : Failed("sync", path, errno);
    });
  }

  absl::Status Truncate(uint64_t size) override {
    if (size > kOffsetMax) return Failed("truncate", path_, EFBIG);
    return Aside([size](int fd, const std::string& path) {
      if (ftruncate(fd, static_cast<off_t>(size)) == 0) return absl::OkStatus();
      // What the host says of a file that is open for reading.
      const bool read_only = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
      return Failed("truncate", path, read_only ? EBADF : errno);
    });
  }

  absl::StatusOr<uint64_t> Size() override {
    return Aside([](int fd, const std::string& path) -> absl::StatusOr<uint64_t> {
      struct stat found;
      if (fstat(fd, &found) != 0) return Failed("look at", path, errno);
      return static_cast<uint64_t>(found.st_size);
    });
  }

  void Close() override { fd_ = nullptr; }

 private:
  static constexpr uint64_t kOffsetMax = INT64_MAX;

  template <typename Call>
  AskResult<std::invoke_result_t<Call&, int, const std::string&>> Aside(Call call) const {
    if (fd_ == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(path_, ": it was closed here"));
    }
    return RunBlocking(
        [fd = fd_, path = path_, call = std::move(call)] { return call(fd->get(), path); });
  }

  SharedFd fd_;
  const std::string path_;
};

absl::StatusOr<SharedFd> OpenNow(const std::string& path, OpenMode mode, SideThreads& threads) {
  const int fd = open(path.c_str(), FlagsOf(mode) | O_CLOEXEC, 0666);
  if (fd < 0) return Failed("open", path, errno);
  const auto shared = std::make_shared<const OpenFd>(fd, threads);
  struct stat found;
  if (fstat(fd, &found) != 0) return Failed("open", path, errno);
  if (S_ISDIR(found.st_mode)) return Failed("open", path, EISDIR);
  return shared;
}

absl::StatusOr<std::vector<std::string>> ListNow(const std::string& path) {
  DIR* const directory = opendir(path.c_str());
  if (directory == nullptr) return Failed("list", path, errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* const entry = readdir(directory)) {
    const absl::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int error = errno;
  closedir(directory);
  if (error != 0) return Failed("list", path, error);
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status SyncDirectoryNow(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("sync", path, errno);
  const int error = fsync(fd) == 0 ? 0 : errno;
  close(fd);
  return error == 0 ? absl::OkStatus() : Failed("sync", path, error);
}

}  // namespace

absl::StatusOr<std::unique_ptr<File>> PosixFiles::Open(absl::string_view path, OpenMode mode) {
  REHEARSE_RETURN_IF_ERROR(CheckPath("open", path));
  std::string name(path);
  absl::StatusOr<SharedFd> fd =
      RunBlocking([name, mode, &threads = threads_] { return OpenNow(name, mode, threads); });
  if (!fd.ok()) return fd.status();
  return std::make_unique<PosixFile>(*std::move(fd), std::move(name));
}

absl::Status PosixFiles::Rename(absl::string_view from, absl::string_view to) {
  for (const absl::string_view path : {from, to}) {
    REHEARSE_RETURN_IF_ERROR(CheckPath("rename", path));
  }
  return RunBlocking([from = std::string(from), to = std::string(to)] {
    if (rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
    return Failed(absl::StrCat("rename ", from, " to"), to, errno);
  });
}

absl::Status PosixFiles::Remove(absl::string_view path) {
  REHEARSE_RETURN_IF_ERROR(CheckPath("remove", path));
  return RunBlocking([path = std::string(path)] {
    return remove(path.c_str()) == 0 ? absl::OkStatus() : Failed("remove", path, errno);
  });
}

absl::StatusOr<std::vector<std::string>> PosixFiles::List(absl::string_view directory) {
  REHEARSE_RETURN_IF_ERROR(CheckPath("list", directory));
  return RunBlocking([path = std::string(directory)] { return ListNow(path); });
}

absl::Status PosixFiles::MakeDirectory(absl::string_view path) {
  REHEARSE_RETURN_IF_ERROR(CheckPath("make directory", path));
  return RunBlocking([path = std::string(path)] {
    return mkdir(path.c_str(), 0777) == 0 ? absl::OkStatus()
                                          : Failed("make directory", path, errno);
  });
}

absl::Status PosixFiles::SyncDirectory(absl::string_view directory) {
  REHEARSE_RETURN_IF_ERROR(CheckPath("sync", directory));
  return RunBlocking([path = std::string(directory)] { return SyncDirectoryNow(path); });
}

}  // namespace rehearse::net
