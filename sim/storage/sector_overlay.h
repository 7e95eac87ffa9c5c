// What a disk gives out instead of what a file's sectors should hold.
//
// The right bytes stay where they are, beside it: what was written is always known, and healing is
// forgetting the overlay. After TigerBeetle's src/testing/storage.zig.

#ifndef REHEARSE_SIM_STORAGE_SECTOR_OVERLAY_H_
#define REHEARSE_SIM_STORAGE_SECTOR_OVERLAY_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::sim {

// One file's.
class SectorOverlay {
 public:
  bool Has(uint64_t sector) const { return wrong_.count(sector) > 0; }
  // Reads of the sector find `bytes` from now on, and zeros after them.
  void Put(uint64_t sector, std::string bytes);
  // The program wrote: a sector that it wrote whole is right again; of another one the rest stays
  // wrong.
  void Write(uint64_t offset, absl::string_view bytes);
  // The file ends at `size`.
  void Cut(uint64_t size);
  // Puts what is wrong into `bytes`, which were read from `offset` on.
  void Read(uint64_t offset, char* bytes, size_t count) const;
  void Clear() { wrong_.clear(); }

 private:
  std::map<uint64_t, std::string> wrong_;  // whole sectors, by number
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_SECTOR_OVERLAY_H_
