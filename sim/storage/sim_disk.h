// A simulated node's disk: bytes and names in memory, over all the node's lives.
//
// So far it is a good one: what was written is there after a crash, synced or not. Faults belong
// here, between a call and what becomes of it.

#ifndef REHEARSE_SIM_STORAGE_SIM_DISK_H_
#define REHEARSE_SIM_STORAGE_SIM_DISK_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/files.h"

namespace rehearse::sim {

// Errors as those of Files and File, which say what each call does.
class SimDisk {
 public:
  // What all files together hold at most; then it is full.
  static constexpr uint64_t kBytesMax = uint64_t{256} << 20;

  // What a path leads to; lives as long as it has a name or somebody has it open.
  struct Node {
    ~Node() { *used -= bytes.size(); }

    const bool directory;
    const std::shared_ptr<uint64_t> used;  // the disk's
    std::string bytes = {};
  };
  using NodePtr = std::shared_ptr<Node>;

  absl::StatusOr<NodePtr> Open(absl::string_view path, OpenMode mode);
  absl::Status Rename(absl::string_view from, absl::string_view to);
  absl::Status Remove(absl::string_view path);
  absl::StatusOr<std::vector<std::string>> List(absl::string_view directory) const;
  absl::Status MakeDirectory(absl::string_view path);
  absl::Status SyncDirectory(absl::string_view directory) const;

  // `path` is for errors.
  absl::Status Write(Node& node, absl::string_view path, uint64_t offset, absl::string_view bytes);
  absl::Status Resize(Node& node, absl::string_view path, uint64_t size);

 private:
  // "a/b" for "/a//./b"; the root is "".
  static absl::StatusOr<std::string> Canonical(absl::string_view what, absl::string_view path);
  // OK if what lies above `canonical` is a directory.
  absl::Status CheckParent(absl::string_view what, const std::string& canonical) const;
  absl::Status CheckDirectory(absl::string_view what, const std::string& canonical) const;
  // Null if nothing has the path. The root is always there.
  NodePtr Find(const std::string& canonical) const;
  NodePtr Make(bool directory) const;
  bool HasEntries(const std::string& canonical) const;

  // By path, so that what is in a directory follows it.
  std::map<std::string, NodePtr> nodes_;
  const std::shared_ptr<uint64_t> used_ = std::make_shared<uint64_t>(0);  // bytes
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_SIM_DISK_H_
