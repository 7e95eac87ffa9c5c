// Files, for programs that keep something.
//
//   auto log = FilesOf(node).Open("/var/lib/me/log", OpenMode::kCreate);
//
// For real they are the host's, and the calls are made beside the workers; in the simulator each
// node has a disk of its own in memory, which outlives its crashes.

#ifndef REHEARSE_ACTOR_ENV_FILES_H_
#define REHEARSE_ACTOR_ENV_FILES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse {

// Who asks for more in one ReadAt is given less.
inline constexpr size_t kReadBytesMax = size_t{1} << 20;

enum class OpenMode : uint8_t {
  kRead,       // it must be there; writing fails
  kWrite,      // it must be there. This and the others: for reading and writing
  kCreate,     // it is made, empty, if it is not there
  kCreateNew,  // it must not be there
  kReplace,    // what was in it is gone
};

// All calls below that return a status park the calling fiber, and have these errors besides their
// own:
//   kCancelled           the caller is being stopped; the call may still happen.
//   kDataLoss            the disk failed: what was to be read or kept is lost.
//   kResourceExhausted   the disk is full, or the host out of descriptors or memory.
//   kUnavailable         refused otherwise.

// An open file. Its calls may be made by several of the node's fibers at once.
class File {
 public:
  virtual ~File() = default;  // closes, and waits for nothing

  // Between 1 and `bytes_max` bytes from `offset` on, appended to `out`; 0 at the file's end.
  virtual absl::StatusOr<size_t> ReadAt(uint64_t offset, size_t bytes_max, std::string& out) = 0;

  // All of `bytes`, from `offset` on; a gap before it reads as zeros. After an error some of them
  // may be there, nobody knows which. What was written is sure to outlive the host's fall only
  // after Sync.
  //   kFailedPrecondition  it is open for reading.
  //   kInvalidArgument     no file reaches as far as `offset`.
  virtual absl::Status WriteAt(uint64_t offset, absl::string_view bytes) = 0;

  // What was written before this call was made is on the disk. After an error it must be taken for
  // lost: a second Sync proves nothing.
  virtual absl::Status Sync() = 0;

  // Cuts the file, or fills it up with zeros. Errors as WriteAt's.
  virtual absl::Status Truncate(uint64_t size) = 0;
  virtual absl::StatusOr<uint64_t> Size() = 0;

  // Later calls return kFailedPrecondition. Waits for nothing.
  virtual void Close() = 0;
};

// Paths are the host's: "/var/lib/me/log". Names in them other than "..", which is not to be used.
//   kNotFound            nothing has this path.
//   kFailedPrecondition  a directory is where a file should be, or the other way round.
//   kPermissionDenied    the host does not allow it.
//   kInvalidArgument     it can't be a path.
class Files {
 public:
  virtual ~Files() = default;

  // A file that was made is sure to be found after the host's fall only when its directory was
  // synced.
  //   kAlreadyExists  of kCreateNew.
  virtual absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) = 0;

  // Gives the file at `from` the name `to`, in place of a file that had it: at any time one of the
  // two is there. A directory: to a name that nobody has.
  virtual absl::Status Rename(absl::string_view from, absl::string_view to) = 0;

  // A file, which those who have it open still have; or a directory, if it is empty
  // (kFailedPrecondition).
  virtual absl::Status Remove(absl::string_view path) = 0;

  // The names in a directory, sorted by their bytes; without "." and "..".
  virtual absl::StatusOr<std::vector<std::string>> List(absl::string_view directory) = 0;

  //   kAlreadyExists  something has this path.
  virtual absl::Status MakeDirectory(absl::string_view path) = 0;

  // What was made, renamed and removed in the directory before is so on the disk.
  virtual absl::Status SyncDirectory(absl::string_view directory) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_FILES_H_
