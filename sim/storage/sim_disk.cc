#include "rehearse/sim/storage/sim_disk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::sim {
namespace {

// As Linux's.
constexpr size_t kNameBytesMax = 255;

std::string Words(absl::string_view what, absl::string_view path, absl::string_view why) {
  return absl::StrCat(what, " ", path, ": ", why);
}

void HealAll(DiskNode& node) {
  node.content.Heal();
  for (const auto& entry : node.entries) HealAll(*entry.second);
}

void LosePowerAll(DiskNode& node, const DiskFaults& faults, DiskChance& chance) {
  const uint64_t size = node.content.size();
  node.content.LosePower(faults, chance);
  *node.used += node.content.size() - size;
  for (const auto& entry : node.entries) LosePowerAll(*entry.second, faults, chance);
}

}  // namespace

// --- Names.

absl::StatusOr<std::vector<std::string>> SimDisk::Names(absl::string_view what,
                                                        absl::string_view path) {
  if (path.empty()) return absl::NotFoundError(Words(what, path, "an empty path"));
  std::vector<std::string> names;
  for (const absl::string_view name : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (name == ".") continue;
    if (name == ".." || name.size() > kNameBytesMax || absl::StrContains(name, '\0')) {
      return absl::InvalidArgumentError(Words(what, path, "no such name can be"));
    }
    names.emplace_back(name);
  }
  return names;
}

absl::StatusOr<SimDisk::Spot> SimDisk::FindSpot(absl::string_view what,
                                                absl::string_view path) const {
  REHEARSE_ASSIGN_OR_RETURN(std::vector<std::string> names, Names(what, path));
  if (names.empty()) return Spot{};
  NodePtr directory = root_;
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    directory = At({directory, names[i]});
    if (directory == nullptr) {
      return absl::NotFoundError(Words(what, path, absl::StrCat("no directory ", names[i])));
    }
    if (!directory->directory) {
      return absl::FailedPreconditionError(
          Words(what, path, absl::StrCat(names[i], " is not a directory")));
    }
  }
  return Spot{std::move(directory), std::move(names.back())};
}

SimDisk::NodePtr SimDisk::At(const Spot& spot) const {
  if (spot.directory == nullptr) return root_;
  const auto at = spot.directory->entries.find(spot.name);
  return at == spot.directory->entries.end() ? nullptr : at->second;
}

absl::StatusOr<SimDisk::NodePtr> SimDisk::FindDirectory(absl::string_view what,
                                                        absl::string_view path) const {
  REHEARSE_ASSIGN_OR_RETURN(const Spot spot, FindSpot(what, path));
  NodePtr node = At(spot);
  if (node == nullptr) return absl::NotFoundError(Words(what, path, "no such directory"));
  if (node->directory) return node;
  return absl::FailedPreconditionError(Words(what, path, "not a directory"));
}

void SimDisk::Change(EntryJournal::Operation operation) {
  for (const EntryJournal::Edit& edit : operation.edits) {
    if (edit.after == nullptr) {
      edit.directory->entries.erase(edit.name);
    } else {
      edit.directory->entries[edit.name] = edit.after;
    }
  }
  journal_.Add(std::move(operation));
}

SimDisk::NodePtr SimDisk::Make(const Spot& spot, bool directory) {
  NodePtr node = std::make_shared<Node>(directory, used_);
  Change({.edits = {{spot.directory, spot.name, nullptr, node}}});
  return node;
}

absl::StatusOr<SimDisk::NodePtr> SimDisk::Open(absl::string_view path, OpenMode mode) {
  REHEARSE_ASSIGN_OR_RETURN(const Spot spot, FindSpot("open", path));
  NodePtr node = At(spot);
  if (node != nullptr && mode == OpenMode::kCreateNew) {
    return absl::AlreadyExistsError(Words("open", path, "it is there already"));
  }
  if (node != nullptr && node->directory) {
    return absl::FailedPreconditionError(Words("open", path, "it is a directory"));
  }
  if (node == nullptr && (mode == OpenMode::kRead || mode == OpenMode::kWrite)) {
    return absl::NotFoundError(Words("open", path, "no such file"));
  }
  if (node == nullptr) node = Make(spot, false);
  if (mode == OpenMode::kReplace) SetSize(*node, 0);
  return node;
}

absl::Status SimDisk::Rename(absl::string_view from, absl::string_view to) {
  const std::string what = absl::StrCat("rename ", from, " to");
  REHEARSE_ASSIGN_OR_RETURN(const std::vector<std::string> old_names, Names(what, from));
  REHEARSE_ASSIGN_OR_RETURN(const std::vector<std::string> new_names, Names(what, to));
  REHEARSE_ASSIGN_OR_RETURN(const Spot old_spot, FindSpot(what, from));
  const NodePtr node = At(old_spot);
  if (node == nullptr) return absl::NotFoundError(Words(what, to, "no such file"));
  const bool inside = new_names.size() >= old_names.size() &&
                      std::equal(old_names.begin(), old_names.end(), new_names.begin());
  if (node->directory && inside && new_names.size() > old_names.size()) {
    return absl::InvalidArgumentError(Words(what, to, "a directory can't be in itself"));
  }
  REHEARSE_ASSIGN_OR_RETURN(const Spot new_spot, FindSpot(what, to));
  if (inside) return absl::OkStatus();  // the same name
  const NodePtr there = At(new_spot);
  if (there != nullptr && (there->directory || node->directory)) {
    return absl::FailedPreconditionError(Words(what, to, "a directory is in the way, or moved"));
  }
  Change({.edits = {{old_spot.directory, old_spot.name, node, nullptr},
                    {new_spot.directory, new_spot.name, there, node}},
          .barrier = node->directory});
  return absl::OkStatus();
}

absl::Status SimDisk::Remove(absl::string_view path) {
  REHEARSE_ASSIGN_OR_RETURN(const Spot spot, FindSpot("remove", path));
  const NodePtr node = At(spot);
  if (node == nullptr) return absl::NotFoundError(Words("remove", path, "no such file"));
  if (spot.directory == nullptr || !node->entries.empty()) {
    return absl::FailedPreconditionError(Words("remove", path, "the directory is not empty"));
  }
  Change({.edits = {{spot.directory, spot.name, node, nullptr}}});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> SimDisk::List(absl::string_view directory) const {
  REHEARSE_ASSIGN_OR_RETURN(const NodePtr node, FindDirectory("list", directory));
  std::vector<std::string> names;
  for (const auto& entry : node->entries) names.push_back(entry.first);
  return names;
}

absl::Status SimDisk::MakeDirectory(absl::string_view path) {
  REHEARSE_ASSIGN_OR_RETURN(const Spot spot, FindSpot("make directory", path));
  if (At(spot) != nullptr) {
    return absl::AlreadyExistsError(Words("make directory", path, "it is there already"));
  }
  Make(spot, true);
  return absl::OkStatus();
}

absl::Status SimDisk::SyncDirectory(absl::string_view directory) {
  REHEARSE_ASSIGN_OR_RETURN(const NodePtr node, FindDirectory("sync", directory));
  if (!faults_.sync_error.never() && chance().sync_errors.Chance(faults_.sync_error)) {
    Tell("disk: sync error", directory);
    return absl::DataLossError(Words("sync", directory, "the disk failed"));
  }
  journal_.Sync(*node);
  return absl::OkStatus();
}

// --- Bytes.

absl::StatusOr<size_t> SimDisk::Read(Node& file, absl::string_view path, uint64_t offset,
                                     size_t bytes_max, std::string& out) {
  if (!faults_.read_error.never() && chance().read_errors.Chance(faults_.read_error)) {
    Tell("disk: read error", path);
    return absl::DataLossError(Words("read", path, "the disk failed"));
  }
  const std::string& bytes = file.content.bytes();
  if (offset >= bytes.size()) return 0;
  const size_t count = std::min({bytes_max, kReadBytesMax, bytes.size() - offset});
  const size_t begin = out.size();
  out.append(bytes, offset, count);
  DiskDamage(faults_, chance(), *root_, told_).OnRead(file, path, offset, &out[begin], count);
  return count;
}

uint64_t SimDisk::EndMax(const Node& file) {
  const uint64_t used = *used_ - file.content.size();
  return used < faults_.bytes_max ? faults_.bytes_max - used : 0;
}

void SimDisk::SetSize(Node& file, uint64_t size) {
  *used_ += size - file.content.size();
  file.content.Resize(size);
}

void SimDisk::WriteSome(Node& file, uint64_t offset, absl::string_view bytes,
                        DecisionStream& chance) {
  const size_t count = chance.Choose(bytes.size() + 1);
  if (count == 0) return;
  const uint64_t size = file.content.size();
  file.content.Write(offset, bytes.substr(0, count));
  *used_ += file.content.size() - size;
}

absl::Status SimDisk::Write(Node& file, absl::string_view path, uint64_t offset,
                            absl::string_view bytes) {
  if (bytes.empty()) return absl::OkStatus();
  if (offset > uint64_t{INT64_MAX} - bytes.size()) {
    return absl::InvalidArgumentError(Words("write", path, "no file is so long"));
  }
  const bool grows = offset + bytes.size() > file.content.size();
  if (grows && offset + bytes.size() > EndMax(file)) {
    journal_.SyncAll();  // the space of removed files, as hosts do
  }
  const uint64_t end_max = grows ? EndMax(file) : UINT64_MAX;
  absl::string_view part = bytes.substr(0, offset < end_max ? end_max - offset : 0);
  if (!faults_.write_error.never() && chance().write_errors.Chance(faults_.write_error)) {
    WriteSome(file, offset, part, chance().write_errors);
    Tell("disk: write error", path);
    return absl::DataLossError(Words("write", path, "the disk failed"));
  }
  if (!faults_.full.never() && chance().full.Chance(faults_.full)) {
    WriteSome(file, offset, part, chance().full);
    Tell("disk: full", path);
    return absl::ResourceExhaustedError(Words("write", path, "the disk is full"));
  }
  const uint64_t size = file.content.size();
  if (!part.empty()) file.content.Write(offset, part);
  *used_ += file.content.size() - size;
  if (part.size() == bytes.size()) return absl::OkStatus();
  return absl::ResourceExhaustedError(Words("write", path, "the disk is full"));
}

absl::Status SimDisk::Resize(Node& file, absl::string_view path, uint64_t size) {
  if (size > uint64_t{INT64_MAX}) {
    return absl::InvalidArgumentError(Words("truncate", path, "no file is so long"));
  }
  if (size > file.content.size() && size > EndMax(file)) journal_.SyncAll();
  if (size > file.content.size() && size > EndMax(file)) {
    return absl::ResourceExhaustedError(Words("write", path, "the disk is full"));
  }
  SetSize(file, size);
  return absl::OkStatus();
}

absl::Status SimDisk::Sync(Node& file, absl::string_view path) {
  if (!faults_.sync_error.never() && chance().sync_errors.Chance(faults_.sync_error)) {
    file.content.FailSync();
    Tell("disk: sync error", path);
    return absl::DataLossError(Words("sync", path, "the disk failed"));
  }
  DiskDamage(faults_, chance(), *root_, told_).OnSync(file, path);
  file.content.Sync();
  return absl::OkStatus();
}

// --- Faults.

DiskChance& SimDisk::chance() {
  if (chance_ == nullptr) chance_ = std::make_unique<DiskChance>(decisions_, number_);
  return *chance_;
}

void SimDisk::Tell(absl::string_view what, absl::string_view path) const {
  if (told_ != nullptr) told_(absl::StrCat(what, ": ", path));
}

absl::Duration SimDisk::DrawDelay() {
  absl::Duration delay;
  if (faults_.latency.max > absl::ZeroDuration()) delay = faults_.latency.Draw(chance().latency);
  if (!faults_.stall.never() && chance().stalls.Chance(faults_.stall)) delay += faults_.stall_time;
  return delay;
}

void SimDisk::Heal() {
  faults_ = DiskFaults();
  HealAll(*root_);
}

void SimDisk::LosePower() {
  // Names first: a file whose removal is undone is among those that lose what was not synced.
  if (journal_.LosePower(faults_.lose_entry, chance().entries)) Tell("disk: lost", "entries");
  LosePowerAll(*root_, faults_, chance());
}

void SimDisk::Wipe() {
  journal_.SyncAll();
  root_ = std::make_shared<Node>(true, used_);
}

}  // namespace rehearse::sim
