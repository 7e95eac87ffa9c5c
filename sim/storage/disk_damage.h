// A disk that lies: rot, and sectors that go to or come from the wrong place.

#ifndef REHEARSE_SIM_STORAGE_DISK_DAMAGE_H_
#define REHEARSE_SIM_STORAGE_DISK_DAMAGE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/sim/storage/disk_chance.h"
#include "rehearse/sim/storage/disk_faults.h"
#include "rehearse/sim/storage/disk_node.h"

namespace rehearse::sim {

// For one call; refers to what is the disk's.
class DiskDamage {
 public:
  // Told what was damaged, in words.
  using Told = std::function<void(absl::string_view what)>;

  DiskDamage(const DiskFaults& faults, DiskChance& chance, DiskNode& root, const Told& told)
      : faults_(faults), chance_(chance), root_(root), told_(told) {}

  // `bytes` are the file's from `offset` on, `count` of them: makes them what is read.
  void OnRead(DiskNode& file, absl::string_view path, uint64_t offset, char* bytes, size_t count);
  // The file's dirty sectors are about to be synced.
  void OnSync(DiskNode& file, absl::string_view path);

 private:
  struct Place {
    DiskNode* file = nullptr;  // null: there is no other
    uint64_t sector = 0;
  };

  void Rot(DiskNode& file, absl::string_view path, uint64_t sector);
  void MisdirectWrite(DiskNode& file, absl::string_view path, uint64_t sector);
  // Another sector than this one, of the same file or of any.
  Place Elsewhere(DiskNode& file, uint64_t sector, DecisionStream& chance);
  void Tell(absl::string_view what, absl::string_view path, uint64_t sector) const;

  const DiskFaults& faults_;
  DiskChance& chance_;
  DiskNode& root_;
  const Told& told_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_DISK_DAMAGE_H_
