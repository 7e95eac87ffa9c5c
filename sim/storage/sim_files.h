// The simulated side of the Files seam: a node's disk, for one of its lives.

#ifndef REHEARSE_SIM_STORAGE_SIM_FILES_H_
#define REHEARSE_SIM_STORAGE_SIM_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "rehearse/actor/env/files.h"
#include "rehearse/sim/storage/sim_disk.h"

namespace rehearse::sim {

class SimFiles final : public Files {
 public:
  explicit SimFiles(SimDisk& disk) : disk_(disk) {}

  absl::StatusOr<std::unique_ptr<File>> Open(absl::string_view path, OpenMode mode) override;
  absl::Status Rename(absl::string_view from, absl::string_view to) override;
  absl::Status Remove(absl::string_view path) override;
  absl::StatusOr<std::vector<std::string>> List(absl::string_view directory) override;
  absl::Status MakeDirectory(absl::string_view path) override;
  absl::Status SyncDirectory(absl::string_view directory) override;

 private:
  SimDisk& disk_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_SIM_FILES_H_
