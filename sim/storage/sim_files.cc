#include "rehearse/sim/storage/sim_files.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/blocking.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::sim {
namespace {

// Calls `work` when the disk's time for it is over. It takes effect at once then, and the caller
// waits once more, as one beside the workers does: whoever is stopped or killed there has done it.
template <typename Work>
auto OnDisk(SimDisk& disk, Work&& work) {
  using Result = decltype(RunBlocking(work));
  if (const absl::Duration delay = disk.DrawDelay(); delay > absl::ZeroDuration()) {
    if (absl::Status status = Sleep(delay); !status.ok()) return Result(std::move(status));
  }
  return RunBlocking(std::forward<Work>(work));
}

class SimFile final : public File {
 public:
  SimFile(SimDisk& disk, SimDisk::NodePtr node, std::string path, OpenMode mode)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), mode_(mode) {}

  absl::StatusOr<size_t> ReadAt(uint64_t offset, size_t bytes_max, std::string& out) override {
    REHEARSE_RETURN_IF_ERROR(CheckOpen());
    return OnDisk(disk_,
                  [&, file = node_] { return disk_.Read(*file, path_, offset, bytes_max, out); });
  }

  absl::Status WriteAt(uint64_t offset, absl::string_view bytes) override {
    REHEARSE_RETURN_IF_ERROR(CheckWritable());
    return OnDisk(disk_, [&, file = node_] { return disk_.Write(*file, path_, offset, bytes); });
  }

  absl::Status Sync() override {
    REHEARSE_RETURN_IF_ERROR(CheckOpen());
    return OnDisk(disk_, [&, file = node_] { return disk_.Sync(*file, path_); });
  }

  absl::Status Truncate(uint64_t size) override {
    REHEARSE_RETURN_IF_ERROR(CheckWritable());
    return OnDisk(disk_, [&, file = node_] { return disk_.Resize(*file, path_, size); });
  }

  absl::StatusOr<uint64_t> Size() override {
    REHEARSE_RETURN_IF_ERROR(CheckOpen());
    return OnDisk(disk_, [file = node_] { return file->content.size(); });
  }

  void Close() override { node_ = nullptr; }

 private:
  absl::Status CheckOpen() const {
    if (node_ != nullptr) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(path_, ": it was closed here"));
  }
  absl::Status CheckWritable() const {
    if (mode_ != OpenMode::kRead) return CheckOpen();
    return absl::FailedPreconditionError(absl::StrCat("write ", path_, ": it is open for reading"));
  }

  SimDisk& disk_;
  SimDisk::NodePtr node_;
  const std::string path_;
  const OpenMode mode_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<File>> SimFiles::Open(absl::string_view path, OpenMode mode) {
  REHEARSE_ASSIGN_OR_RETURN(SimDisk::NodePtr node,
                            OnDisk(disk_, [&] { return disk_.Open(path, mode); }));
  return std::make_unique<SimFile>(disk_, std::move(node), std::string(path), mode);
}

absl::Status SimFiles::Rename(absl::string_view from, absl::string_view to) {
  return OnDisk(disk_, [&] { return disk_.Rename(from, to); });
}

absl::Status SimFiles::Remove(absl::string_view path) {
  return OnDisk(disk_, [&] { return disk_.Remove(path); });
}

absl::StatusOr<std::vector<std::string>> SimFiles::List(absl::string_view directory) {
  return OnDisk(disk_, [&] { return disk_.List(directory); });
}

absl::Status SimFiles::MakeDirectory(absl::string_view path) {
  return OnDisk(disk_, [&] { return disk_.MakeDirectory(path); });
}

absl::Status SimFiles::SyncDirectory(absl::string_view directory) {
  return OnDisk(disk_, [&] { return disk_.SyncDirectory(directory); });
}

}  // namespace rehearse::sim
