#include "rehearse/sim/storage/sector_overlay.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "rehearse/sim/storage/disk_faults.h"

namespace rehearse::sim {
namespace {

// The part of [offset, end) that lies in a sector.
struct Part {
  Part(uint64_t sector, uint64_t offset, uint64_t end)
      : begin(std::max(offset, sector * kSectorBytes)),
        count(std::min(end, (sector + 1) * kSectorBytes) - begin),
        within(begin - sector * kSectorBytes) {}
  const uint64_t begin;
  const size_t count;
  const size_t within;  // from the sector's begin
};

}  // namespace

void SectorOverlay::Put(uint64_t sector, std::string bytes) {
  bytes.resize(kSectorBytes);
  wrong_[sector] = std::move(bytes);
}

void SectorOverlay::Write(uint64_t offset, absl::string_view bytes) {
  const uint64_t end = offset + bytes.size();
  auto at = wrong_.lower_bound(offset / kSectorBytes);
  while (at != wrong_.end() && at->first * kSectorBytes < end) {
    const Part part(at->first, offset, end);
    if (part.count == kSectorBytes) {
      at = wrong_.erase(at);
      continue;
    }
    std::memcpy(&at->second[part.within], bytes.data() + (part.begin - offset), part.count);
    ++at;
  }
}

void SectorOverlay::Cut(uint64_t size) {
  wrong_.erase(wrong_.lower_bound((size + kSectorBytes - 1) / kSectorBytes), wrong_.end());
}

void SectorOverlay::Read(uint64_t offset, char* bytes, size_t count) const {
  const uint64_t end = offset + count;
  for (auto at = wrong_.lower_bound(offset / kSectorBytes);
       at != wrong_.end() && at->first * kSectorBytes < end; ++at) {
    const Part part(at->first, offset, end);
    std::memcpy(bytes + (part.begin - offset), &at->second[part.within], part.count);
  }
}

}  // namespace rehearse::sim
