// A file's bytes: as programs see them, and as they were when they were last synced.

#ifndef REHEARSE_SIM_STORAGE_FILE_CONTENT_H_
#define REHEARSE_SIM_STORAGE_FILE_CONTENT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/sim/storage/disk_chance.h"
#include "rehearse/sim/storage/disk_faults.h"
#include "rehearse/sim/storage/sector_overlay.h"

namespace rehearse::sim {

class FileContent {
 public:
  // When more than this was not synced, the host syncs it by itself, as hosts do.
  static constexpr size_t kUnsyncedBytesMax = size_t{1} << 20;
  static constexpr size_t kUnsyncedWritesMax = 4096;

  // What is not synced is seen all the same.
  uint64_t size() const { return bytes_.size(); }
  const std::string& bytes() const { return bytes_; }
  void Write(uint64_t offset, absl::string_view bytes);
  void Resize(uint64_t size);

  // All of it is on the disk.
  void Sync();
  // A sync failed: no later one makes good for what was written so far. What shares a sector with
  // it and is written and synced later takes it along.
  void FailSync();
  // What was not synced is kept or lost, write by write.
  void LosePower(const DiskFaults& faults, DiskChance& chance);

  // Written and not synced, or its sync failed.
  bool Dirty(uint64_t sector) const { return synced_.count(sector) > 0; }
  // The dirty sectors as they were synced; shorter than a sector at what was the file's end.
  const std::map<uint64_t, std::string>& synced() const { return synced_; }
  std::string SectorAt(uint64_t sector) const;

  // What reads find instead of bytes().
  SectorOverlay overlay;

  // Forgets what is wrong, and that a sync failed.
  void Heal();

 private:
  struct Change {
    uint64_t offset = 0;  // of a write; the new size of a resize
    std::string bytes = {};
    bool resize = false;
    bool sync_failed = false;
  };

  void Remember(uint64_t begin, uint64_t end);
  void Keep(Change change);
  std::string SyncedBytes() const;
  void Redo(const Change& change, const DiskFaults& faults, DiskChance& chance,
            std::string& bytes) const;
  // Puts [begin, end) of a write there, as far as its sectors are dirty.
  void RedoPart(const Change& change, uint64_t begin, uint64_t end, std::string& bytes) const;
  bool AnyDirty(const Change& change) const;

  std::string bytes_;
  uint64_t synced_size_ = 0;
  std::map<uint64_t, std::string> synced_;
  std::vector<Change> changes_;  // in order
  size_t change_bytes_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_FILE_CONTENT_H_
