#include "rehearse/sim/storage/sim_disk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::sim {
namespace {

// As Linux's.
constexpr size_t kNameBytesMax = 255;

std::string Told(absl::string_view what, absl::string_view path, absl::string_view why) {
  return absl::StrCat(what, " ", path, ": ", why);
}

}  // namespace

absl::StatusOr<std::string> SimDisk::Canonical(absl::string_view what, absl::string_view path) {
  if (path.empty()) return absl::NotFoundError(Told(what, path, "an empty path"));
  std::vector<absl::string_view> names;
  for (const absl::string_view name : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (name == ".") continue;
    if (name == ".." || name.size() > kNameBytesMax || absl::StrContains(name, '\0')) {
      return absl::InvalidArgumentError(Told(what, path, "no such name can be"));
    }
    names.push_back(name);
  }
  return absl::StrJoin(names, "/");
}

SimDisk::NodePtr SimDisk::Find(const std::string& canonical) const {
  if (canonical.empty()) return Make(true);
  const auto at = nodes_.find(canonical);
  return at == nodes_.end() ? nullptr : at->second;
}

SimDisk::NodePtr SimDisk::Make(bool directory) const {
  return NodePtr(new Node{.directory = directory, .used = used_});
}

absl::Status SimDisk::CheckParent(absl::string_view what, const std::string& canonical) const {
  const size_t slash = canonical.rfind('/');
  if (slash == std::string::npos) return absl::OkStatus();
  return CheckDirectory(what, canonical.substr(0, slash));
}

absl::Status SimDisk::CheckDirectory(absl::string_view what, const std::string& canonical) const {
  const NodePtr node = Find(canonical);
  if (node == nullptr) return absl::NotFoundError(Told(what, canonical, "no such directory"));
  if (node->directory) return absl::OkStatus();
  return absl::FailedPreconditionError(Told(what, canonical, "not a directory"));
}

bool SimDisk::HasEntries(const std::string& canonical) const {
  const auto next = nodes_.lower_bound(canonical + "/");
  return next != nodes_.end() && absl::StartsWith(next->first, canonical + "/");
}

absl::StatusOr<SimDisk::NodePtr> SimDisk::Open(absl::string_view path, OpenMode mode) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string name, Canonical("open", path));
  REHEARSE_RETURN_IF_ERROR(CheckParent("open", name));
  NodePtr node = Find(name);
  if (node != nullptr && mode == OpenMode::kCreateNew) {
    return absl::AlreadyExistsError(Told("open", path, "it is there already"));
  }
  if (node != nullptr && node->directory) {
    return absl::FailedPreconditionError(Told("open", path, "it is a directory"));
  }
  if (node == nullptr && (mode == OpenMode::kRead || mode == OpenMode::kWrite)) {
    return absl::NotFoundError(Told("open", path, "no such file"));
  }
  if (node == nullptr) node = nodes_[name] = Make(false);
  if (mode == OpenMode::kReplace) REHEARSE_RETURN_IF_ERROR(Resize(*node, path, 0));
  return node;
}

absl::Status SimDisk::Rename(absl::string_view from, absl::string_view to) {
  const std::string what = absl::StrCat("rename ", from, " to");
  REHEARSE_ASSIGN_OR_RETURN(const std::string old_name, Canonical(what, from));
  REHEARSE_ASSIGN_OR_RETURN(const std::string new_name, Canonical(what, to));
  const NodePtr node = Find(old_name);
  if (node == nullptr) return absl::NotFoundError(Told(what, to, "no such file"));
  REHEARSE_RETURN_IF_ERROR(CheckParent(what, new_name));
  if (old_name == new_name) return absl::OkStatus();
  if (old_name.empty() || absl::StartsWith(new_name, old_name + "/")) {
    return absl::InvalidArgumentError(Told(what, to, "a directory can't be in itself"));
  }
  const NodePtr there = Find(new_name);
  if (there != nullptr && (there->directory || node->directory)) {
    return absl::FailedPreconditionError(Told(what, to, "a directory is in the way, or moved"));
  }
  nodes_[new_name] = node;
  nodes_.erase(old_name);
  const std::string inside = old_name + "/";
  for (auto at = nodes_.lower_bound(inside);
       at != nodes_.end() && absl::StartsWith(at->first, inside); at = nodes_.erase(at)) {
    nodes_[absl::StrCat(new_name, "/", at->first.substr(inside.size()))] = at->second;
  }
  return absl::OkStatus();
}

absl::Status SimDisk::Remove(absl::string_view path) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string name, Canonical("remove", path));
  const NodePtr node = Find(name);
  if (node == nullptr) return absl::NotFoundError(Told("remove", path, "no such file"));
  if (name.empty() || (node->directory && HasEntries(name))) {
    return absl::FailedPreconditionError(Told("remove", path, "the directory is not empty"));
  }
  nodes_.erase(name);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> SimDisk::List(absl::string_view directory) const {
  REHEARSE_ASSIGN_OR_RETURN(const std::string name, Canonical("list", directory));
  REHEARSE_RETURN_IF_ERROR(CheckDirectory("list", name));
  const std::string inside = name.empty() ? "" : name + "/";
  std::vector<std::string> names;
  for (auto at = nodes_.lower_bound(inside);
       at != nodes_.end() && absl::StartsWith(at->first, inside); ++at) {
    const absl::string_view rest = absl::string_view(at->first).substr(inside.size());
    if (!absl::StrContains(rest, '/')) names.emplace_back(rest);
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status SimDisk::MakeDirectory(absl::string_view path) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string name, Canonical("make directory", path));
  REHEARSE_RETURN_IF_ERROR(CheckParent("make directory", name));
  if (Find(name) != nullptr) {
    return absl::AlreadyExistsError(Told("make directory", path, "it is there already"));
  }
  nodes_[name] = Make(true);
  return absl::OkStatus();
}

absl::Status SimDisk::SyncDirectory(absl::string_view directory) const {
  REHEARSE_ASSIGN_OR_RETURN(const std::string name, Canonical("sync", directory));
  return CheckDirectory("sync", name);
}

absl::Status SimDisk::Write(Node& node, absl::string_view path, uint64_t offset,
                            absl::string_view bytes) {
  if (bytes.empty()) return absl::OkStatus();
  if (offset > uint64_t{INT64_MAX} - bytes.size()) {
    return absl::InvalidArgumentError(Told("write", path, "no file is so long"));
  }
  const uint64_t end = offset + bytes.size();
  if (end > node.bytes.size()) REHEARSE_RETURN_IF_ERROR(Resize(node, path, end));
  node.bytes.replace(offset, bytes.size(), bytes.data(), bytes.size());
  return absl::OkStatus();
}

absl::Status SimDisk::Resize(Node& node, absl::string_view path, uint64_t size) {
  if (size > uint64_t{INT64_MAX}) {
    return absl::InvalidArgumentError(Told("truncate", path, "no file is so long"));
  }
  const uint64_t used = *used_ - node.bytes.size();
  if (size > kBytesMax - used) {
    return absl::ResourceExhaustedError(Told("write", path, "the disk is full"));
  }
  *used_ = used + size;
  node.bytes.resize(size);
  return absl::OkStatus();
}

}  // namespace rehearse::sim
