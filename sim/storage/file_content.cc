#include "rehearse/sim/storage/file_content.h"

#include <algorithm>
#include <utility>

namespace rehearse::sim {

std::string FileContent::SectorAt(uint64_t sector) const {
  const uint64_t begin = sector * kSectorBytes;
  return begin < bytes_.size() ? bytes_.substr(begin, kSectorBytes) : "";
}

// Before they change.
void FileContent::Remember(uint64_t begin, uint64_t end) {
  for (uint64_t sector = begin / kSectorBytes; sector * kSectorBytes < end; ++sector) {
    if (!Dirty(sector)) synced_.emplace(sector, SectorAt(sector));
  }
}

void FileContent::Keep(Change change) {
  change_bytes_ += change.bytes.size();
  changes_.push_back(std::move(change));
  if (change_bytes_ <= kUnsyncedBytesMax && changes_.size() <= kUnsyncedWritesMax) return;
  synced_.clear();
  changes_.clear();
  change_bytes_ = 0;
  synced_size_ = bytes_.size();
}

void FileContent::Write(uint64_t offset, absl::string_view bytes) {
  const uint64_t end = offset + bytes.size();
  Remember(offset, end);
  if (end > bytes_.size()) bytes_.resize(end);
  bytes_.replace(offset, bytes.size(), bytes.data(), bytes.size());
  overlay.Write(offset, bytes);
  Keep({.offset = offset, .bytes = std::string(bytes)});
}

void FileContent::Resize(uint64_t size) {
  if (size == bytes_.size()) return;
  Remember(size, bytes_.size());
  bytes_.resize(size);
  overlay.Cut(size);
  Keep({.offset = size, .resize = true});
}

bool FileContent::AnyDirty(const Change& change) const {
  const auto first = synced_.lower_bound(change.offset / kSectorBytes);
  return first != synced_.end() &&
         first->first * kSectorBytes < change.offset + change.bytes.size();
}

void FileContent::Sync() {
  for (const Change& change : changes_) {
    if (change.sync_failed) continue;
    const uint64_t end = change.resize ? UINT64_MAX : change.offset + change.bytes.size();
    const auto first = synced_.lower_bound(change.offset / kSectorBytes);
    const auto last = end == UINT64_MAX
                          ? synced_.end()
                          : synced_.lower_bound((end + kSectorBytes - 1) / kSectorBytes);
    synced_.erase(first, last);
  }
  changes_.erase(
      std::remove_if(changes_.begin(), changes_.end(),
                     [this](const Change& change) { return change.resize || !AnyDirty(change); }),
      changes_.end());
  change_bytes_ = 0;
  for (const Change& change : changes_) change_bytes_ += change.bytes.size();
  synced_size_ = bytes_.size();
}

// Sizes are the file system's own affair, which it tries to write again.
void FileContent::FailSync() {
  for (Change& change : changes_) change.sync_failed = !change.resize;
}

void FileContent::Heal() {
  overlay.Clear();
  for (Change& change : changes_) change.sync_failed = false;
}

std::string FileContent::SyncedBytes() const {
  std::string bytes = bytes_;
  bytes.resize(std::max<uint64_t>(bytes.size(), synced_size_));
  for (const auto& [sector, was] : synced_) {
    const uint64_t begin = sector * kSectorBytes;
    if (begin >= bytes.size()) break;
    std::string whole = was;
    whole.resize(std::min<uint64_t>(kSectorBytes, bytes.size() - begin));
    bytes.replace(begin, whole.size(), whole);
  }
  bytes.resize(synced_size_);
  return bytes;
}

void FileContent::RedoPart(const Change& change, uint64_t begin, uint64_t end,
                           std::string& bytes) const {
  while (begin < end) {
    const uint64_t part_end = std::min(end, (begin / kSectorBytes + 1) * kSectorBytes);
    if (Dirty(begin / kSectorBytes)) {
      if (bytes.size() < part_end) bytes.resize(part_end);
      bytes.replace(begin, part_end - begin, change.bytes, begin - change.offset, part_end - begin);
    }
    begin = part_end;
  }
}

void FileContent::Redo(const Change& change, const DiskFaults& faults, DiskChance& chance,
                       std::string& bytes) const {
  if (change.resize) {
    if (!chance.writes.Chance(faults.lose_write)) bytes.resize(change.offset);
    return;
  }
  const uint64_t end = change.offset + change.bytes.size();
  const uint64_t unit = faults.unit_bytes;
  const bool several = change.offset / unit != (end - 1) / unit;
  if (!several || !chance.tears.Chance(faults.tear)) {
    if (!chance.writes.Chance(faults.lose_write)) RedoPart(change, change.offset, end, bytes);
    return;
  }
  for (uint64_t begin = change.offset; begin < end;) {
    const uint64_t unit_end = std::min(end, (begin / unit + 1) * unit);
    if (chance.tears.Chance({1, 2})) RedoPart(change, begin, unit_end, bytes);
    begin = unit_end;
  }
}

void FileContent::LosePower(const DiskFaults& faults, DiskChance& chance) {
  if (changes_.empty()) return;
  std::string bytes = SyncedBytes();
  for (const Change& change : changes_) Redo(change, faults, chance, bytes);
  bytes_ = std::move(bytes);
  synced_size_ = bytes_.size();
  synced_.clear();
  changes_.clear();
  change_bytes_ = 0;
  overlay.Cut(synced_size_);
}

}  // namespace rehearse::sim
