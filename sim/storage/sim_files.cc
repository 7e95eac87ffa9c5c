#include "rehearse/sim/storage/sim_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/blocking.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::sim {
namespace {

// Each call takes effect at once, and then waits, as one beside the workers does: whoever is
// stopped or killed there has done it.
class SimFile final : public File {
 public:
  SimFile(SimDisk& disk, SimDisk::NodePtr node, std::string path, OpenMode mode)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), mode_(mode) {}

  absl::StatusOr<size_t> ReadAt(uint64_t offset, size_t bytes_max, std::string& out) override {
    REHEARSE_RETURN_IF_ERROR(CheckOpen());
    return RunBlocking([&]() -> size_t {
      if (offset >= node_->bytes.size()) return 0;
      const size_t count = std::min({bytes_max, kReadBytesMax, node_->bytes.size() - offset});
      out.append(node_->bytes, offset, count);
      return count;
    });
  }

  absl::Status WriteAt(uint64_t offset, absl::string_view bytes) override {
    REHEARSE_RETURN_IF_ERROR(CheckWritable());
    return RunBlocking([&] { return disk_.Write(*node_, path_, offset, bytes); });
  }

  absl::Status Sync() override {
    REHEARSE_RETURN_IF_ERROR(CheckOpen());
    return RunBlocking([] {});
  }

  absl::Status Truncate(uint64_t size) override {
    REHEARSE_RETURN_IF_ERROR(CheckWritable());
    return RunBlocking([&] { return disk_.Resize(*node_, path_, size); });
  }

  absl::StatusOr<uint64_t> Size() override {
    REHEARSE_RETURN_IF_ERROR(CheckOpen());
    return RunBlocking([&] { return uint64_t{node_->bytes.size()}; });
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
                            RunBlocking([&] { return disk_.Open(path, mode); }));
  return std::make_unique<SimFile>(disk_, std::move(node), std::string(path), mode);
}

absl::Status SimFiles::Rename(absl::string_view from, absl::string_view to) {
  return RunBlocking([&] { return disk_.Rename(from, to); });
}

absl::Status SimFiles::Remove(absl::string_view path) {
  return RunBlocking([&] { return disk_.Remove(path); });
}

absl::StatusOr<std::vector<std::string>> SimFiles::List(absl::string_view directory) {
  return RunBlocking([&] { return disk_.List(directory); });
}

absl::Status SimFiles::MakeDirectory(absl::string_view path) {
  return RunBlocking([&] { return disk_.MakeDirectory(path); });
}

absl::Status SimFiles::SyncDirectory(absl::string_view directory) {
  return RunBlocking([&] { return disk_.SyncDirectory(directory); });
}

}  // namespace rehearse::sim
