#include "rehearse/sim/storage/disk_damage.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rehearse::sim {
namespace {

uint64_t SectorsOf(const DiskNode& file) {
  return (file.content.size() + kSectorBytes - 1) / kSectorBytes;
}

// In the order of their paths.
void AddFiles(DiskNode& directory, std::vector<DiskNode*>& files) {
  for (const auto& [name, node] : directory.entries) {
    if (node->directory) {
      AddFiles(*node, files);
    } else if (node->content.size() > 0) {
      files.push_back(node.get());
    }
  }
}

// What is read of a sector, whole.
std::string ReadSector(const DiskNode& file, uint64_t sector) {
  std::string bytes = file.content.SectorAt(sector);
  bytes.resize(kSectorBytes);
  file.content.overlay.Read(sector * kSectorBytes, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace

void DiskDamage::Tell(absl::string_view what, absl::string_view path, uint64_t sector) const {
  if (told_ != nullptr) told_(absl::StrCat(what, ": sector ", sector, " of ", path));
}

DiskDamage::Place DiskDamage::Elsewhere(DiskNode& file, uint64_t sector, DecisionStream& chance) {
  DiskNode* other = &file;
  if (SectorsOf(file) < 2 || chance.Chance({1, 2})) {
    std::vector<DiskNode*> files;
    AddFiles(root_, files);
    if (!files.empty()) other = files[chance.Choose(files.size())];
  }
  const uint64_t sectors = SectorsOf(*other);
  if (other != &file) return {other, chance.Choose(sectors)};
  if (sectors < 2) return {};
  const uint64_t chosen = chance.Choose(sectors - 1);
  return {&file, chosen < sector ? chosen : chosen + 1};
}

void DiskDamage::Rot(DiskNode& file, absl::string_view path, uint64_t sector) {
  if (file.content.overlay.Has(sector) || !chance_.rot.Chance(faults_.rot)) return;
  std::string bytes = file.content.SectorAt(sector);
  const uint64_t bit = chance_.rot.Choose(bytes.size() * 8);
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  file.content.overlay.Put(sector, std::move(bytes));
  Tell("disk: rot", path, sector);
}

void DiskDamage::OnRead(DiskNode& file, absl::string_view path, uint64_t offset, char* bytes,
                        size_t count) {
  if (count == 0) return;
  const uint64_t end = offset + count;
  const uint64_t first = offset / kSectorBytes;
  if (!faults_.rot.never()) {
    for (uint64_t sector = first; sector * kSectorBytes < end; ++sector) {
      if (!file.content.Dirty(sector)) Rot(file, path, sector);
    }
  }
  file.content.overlay.Read(offset, bytes, count);
  if (faults_.misdirect_read.never()) return;
  for (uint64_t sector = first; sector * kSectorBytes < end; ++sector) {
    if (file.content.Dirty(sector)) continue;
    if (!chance_.misdirected_reads.Chance(faults_.misdirect_read)) continue;
    const Place from = Elsewhere(file, sector, chance_.misdirected_reads);
    if (from.file == nullptr) continue;
    const std::string wrong = ReadSector(*from.file, from.sector);
    const uint64_t begin = std::max(offset, sector * kSectorBytes);
    const uint64_t part_end = std::min(end, (sector + 1) * kSectorBytes);
    std::memcpy(bytes + (begin - offset), &wrong[begin % kSectorBytes], part_end - begin);
    Tell("disk: misdirected read", path, sector);
  }
}

void DiskDamage::MisdirectWrite(DiskNode& file, absl::string_view path, uint64_t sector) {
  const Place to = Elsewhere(file, sector, chance_.misdirected_writes);
  // What is dirty there will be written over it.
  if (to.file != nullptr && !to.file->content.Dirty(to.sector)) {
    to.file->content.overlay.Put(to.sector, ReadSector(file, sector));
  }
  file.content.overlay.Put(sector, file.content.synced().at(sector));
  Tell("disk: misdirected write", path, sector);
}

void DiskDamage::OnSync(DiskNode& file, absl::string_view path) {
  if (faults_.misdirect_write.never()) return;
  for (const auto& dirty : file.content.synced()) {
    if (dirty.first >= SectorsOf(file)) break;  // cut off
    if (chance_.misdirected_writes.Chance(faults_.misdirect_write)) {
      MisdirectWrite(file, path, dirty.first);
    }
  }
}

}  // namespace rehearse::sim
