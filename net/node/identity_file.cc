#include "rehearse/net/node/identity_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/crypto/secret.h"

namespace rehearse::net {
namespace {

constexpr mode_t kOwnerAlone = S_IRUSR | S_IWUSR;
constexpr size_t kFileBytesMax = 1024;

// An open file, closed when this goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

absl::Status Failed(absl::string_view what, absl::string_view path) {
  const int error = errno;
  const std::string message = absl::StrCat(what, " ", path, ": ", std::strerror(error));
  switch (error) {
    case ENOENT: return absl::NotFoundError(message);
    case EEXIST: return absl::AlreadyExistsError(message);
    default: return absl::UnavailableError(message);
  }
}

absl::Status CheckOwnership(int fd, const std::string& path) {
  struct stat found;
  if (fstat(fd, &found) != 0) return Failed("look at", path);
  if (!S_ISREG(found.st_mode)) {
    return absl::DataLossError(absl::StrCat("read key ", path, ": it is no plain file"));
  }
  if (found.st_uid != geteuid()) {
    return absl::PermissionDeniedError(
        absl::StrCat("read key ", path, ": it belongs to another user, ", found.st_uid));
  }
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "read key ", path, ": others than its owner may use it (mode ",
        absl::Hex(found.st_mode >> 6 & 7), absl::Hex(found.st_mode >> 3 & 7),
        absl::Hex(found.st_mode & 7), "); chmod 600 it, or, if they may have, make a new one"));
  }
  return absl::OkStatus();
}

absl::Status ReadAll(int fd, const std::string& path, std::string& out) {
  out.resize(kFileBytesMax + 1);
  size_t count = 0;
  while (count < out.size()) {
    const ssize_t got = read(fd, out.data() + count, out.size() - count);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("read key", path);
    if (got == 0) break;
    count += static_cast<size_t>(got);
  }
  if (count > kFileBytesMax) {
    return absl::DataLossError(absl::StrCat("read key ", path, ": too long for a key"));
  }
  out.resize(count);
  return absl::OkStatus();
}

absl::Status WriteAll(int fd, const std::string& path, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Failed("write key", path);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : Failed("sync key", path);
}

absl::Status SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.fd() < 0 || fsync(opened.fd()) != 0) return Failed("sync directory", directory);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Identity> ReadIdentityFile(const std::string& path) {
  // Not to wait for a pipe's writer, should somebody have put one there.
  const Descriptor opened(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (opened.fd() < 0) return Failed("open key", path);
  REHEARSE_RETURN_IF_ERROR(CheckOwnership(opened.fd(), path));
  std::string bytes;
  const absl::Cleanup wipe = [&bytes] { Wipe(bytes); };
  REHEARSE_RETURN_IF_ERROR(ReadAll(opened.fd(), path, bytes));
  absl::StatusOr<Identity> identity = Identity::DecodePrivateKey(bytes);
  if (!identity.ok()) {
    return absl::DataLossError(absl::StrCat("read key ", path, ": ", identity.status().message()));
  }
  return identity;
}

// A name of its own first, then the link: it fails if `path` is there, which a rename would not.
absl::Status WriteIdentityFile(const std::string& path, const Identity& identity) {
  std::string draft = path + ".XXXXXX";
  const Descriptor opened(mkostemp(draft.data(), O_CLOEXEC));
  if (opened.fd() < 0) return Failed("make key", draft);
  const absl::Cleanup remove = [&draft] { unlink(draft.c_str()); };
  if (fchmod(opened.fd(), kOwnerAlone) != 0) return Failed("chmod key", draft);
  std::string bytes = identity.EncodePrivateKey();
  const absl::Cleanup wipe = [&bytes] { Wipe(bytes); };
  REHEARSE_RETURN_IF_ERROR(WriteAll(opened.fd(), draft, bytes));
  if (link(draft.c_str(), path.c_str()) != 0) return Failed("make key", path);
  return SyncDirectoryOf(path);
}

absl::StatusOr<Identity> ReadOrMakeIdentityFile(const std::string& path, Entropy& entropy) {
  absl::StatusOr<Identity> found = ReadIdentityFile(path);
  if (!absl::IsNotFound(found.status())) return found;
  const Identity made = Identity::Generate(entropy);
  const absl::Status written = WriteIdentityFile(path, made);
  if (absl::IsAlreadyExists(written)) return ReadIdentityFile(path);
  if (!written.ok()) return written;
  return made;
}

}  // namespace rehearse::net
