// What a path on a simulated disk leads to: a file or a directory.

#ifndef REHEARSE_SIM_STORAGE_DISK_NODE_H_
#define REHEARSE_SIM_STORAGE_DISK_NODE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "rehearse/sim/storage/file_content.h"

namespace rehearse::sim {

// Lives as long as it has a name, somebody has it open, or its name may come back.
struct DiskNode {
  DiskNode(bool directory, std::shared_ptr<uint64_t> used)
      : directory(directory), used(std::move(used)) {}
  ~DiskNode() { *used -= content.size(); }
  DiskNode(const DiskNode&) = delete;
  DiskNode& operator=(const DiskNode&) = delete;

  const bool directory;
  const std::shared_ptr<uint64_t> used;                           // the disk's, bytes
  FileContent content = {};                                       // a file's
  std::map<std::string, std::shared_ptr<DiskNode>> entries = {};  // a directory's
};

using DiskNodePtr = std::shared_ptr<DiskNode>;

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_DISK_NODE_H_
