// A simulated node's disk: bytes and names in memory, over all the node's lives.
//
// A process that dies leaves all behind as it was, synced or not; a machine that loses power leaves
// what was synced, and of the rest what DiskFaults say. The right bytes are kept beside what is
// damaged, so that a disk can be healed.

#ifndef REHEARSE_SIM_STORAGE_SIM_DISK_H_
#define REHEARSE_SIM_STORAGE_SIM_DISK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/files.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/storage/disk_chance.h"
#include "rehearse/sim/storage/disk_damage.h"
#include "rehearse/sim/storage/disk_faults.h"
#include "rehearse/sim/storage/disk_node.h"
#include "rehearse/sim/storage/entry_journal.h"

namespace rehearse::sim {

// Errors as those of Files and File, which say what each call does.
class SimDisk {
 public:
  using Node = DiskNode;
  using NodePtr = DiskNodePtr;
  using Told = DiskDamage::Told;

  // `number` tells it from the world's other disks. `told` hears of each fault that strikes; may be
  // null.
  SimDisk(const Decisions& decisions, uint64_t number, Told told = nullptr)
      : decisions_(decisions), number_(number), told_(std::move(told)) {}

  absl::StatusOr<NodePtr> Open(absl::string_view path, OpenMode mode);
  absl::Status Rename(absl::string_view from, absl::string_view to);
  absl::Status Remove(absl::string_view path);
  absl::StatusOr<std::vector<std::string>> List(absl::string_view directory) const;
  absl::Status MakeDirectory(absl::string_view path);
  absl::Status SyncDirectory(absl::string_view directory);

  // `path` is for errors.
  absl::StatusOr<size_t> Read(Node& file, absl::string_view path, uint64_t offset, size_t bytes_max,
                              std::string& out);
  absl::Status Write(Node& file, absl::string_view path, uint64_t offset, absl::string_view bytes);
  absl::Status Resize(Node& file, absl::string_view path, uint64_t size);
  absl::Status Sync(Node& file, absl::string_view path);

  // How long the next call takes.
  absl::Duration DrawDelay();

  // From now on. What is damaged stays so.
  void SetFaults(const DiskFaults& faults) { faults_ = faults; }
  // No faults any more, and what is damaged is right again. What was lost stays lost.
  void Heal();
  // Nobody has a file open any more.
  void LosePower();
  // The disk is replaced by an empty one.
  void Wipe();

 private:
  // The directory that `path` is in, and its name there.
  struct Spot {
    NodePtr directory;  // null: the path is the root
    std::string name;
  };

  static absl::StatusOr<std::vector<std::string>> Names(absl::string_view what,
                                                        absl::string_view path);
  absl::StatusOr<Spot> FindSpot(absl::string_view what, absl::string_view path) const;
  // Null if nothing has the path.
  NodePtr At(const Spot& spot) const;
  absl::StatusOr<NodePtr> FindDirectory(absl::string_view what, absl::string_view path) const;
  NodePtr Make(const Spot& spot, bool directory);
  void Change(EntryJournal::Operation operation);
  // How far a file may reach.
  uint64_t EndMax(const Node& file);
  // A part of `bytes` is written before the call fails.
  void WriteSome(Node& file, uint64_t offset, absl::string_view bytes, DecisionStream& chance);
  void SetSize(Node& file, uint64_t size);
  DiskChance& chance();
  void Tell(absl::string_view what, absl::string_view path) const;

  const Decisions& decisions_;
  const uint64_t number_;
  const Told told_;
  DiskFaults faults_;
  std::unique_ptr<DiskChance> chance_;                                    // made at first use
  const std::shared_ptr<uint64_t> used_ = std::make_shared<uint64_t>(0);  // bytes
  NodePtr root_ = std::make_shared<Node>(true, used_);
  EntryJournal journal_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_SIM_DISK_H_
