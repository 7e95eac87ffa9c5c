// The host's files, by calls beside the workers (RunBlocking).

#ifndef REHEARSE_NET_NODE_POSIX_FILES_H_
#define REHEARSE_NET_NODE_POSIX_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "rehearse/actor/env/files.h"
#include "rehearse/actor/runtime/side_threads.h"

namespace rehearse::net {

// For nodes that have `threads` as their side threads.
class PosixFiles final : public Files {
 public:
  explicit PosixFiles(SideThreads& threads) : threads_(threads) {}

  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override;
  absl::Status Rename(absl::string_view from, absl::string_view to) override;
  absl::Status Remove(absl::string_view path) override;
  absl::StatusOr<std::vector<std::string>> List(absl::string_view directory) override;
  absl::Status MakeDirectory(absl::string_view path) override;
  absl::Status SyncDirectory(absl::string_view directory) override;

 private:
  SideThreads& threads_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_POSIX_FILES_H_
