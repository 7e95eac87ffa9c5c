#include "rehearse/actor/internal/exports.h"

#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rehearse::internal {

namespace {

bool Ended(const Export& exported) { return exported.cell->phase() == Cell::Phase::kEnded; }

}  // namespace

struct Exports::ByName : std::map<std::string, Export, std::less<>> {};

Exports::Exports() : by_name_(std::make_unique<ByName>()) {}
Exports::~Exports() = default;

// The name of an actor that has ended is free.
absl::Status Exports::Add(absl::string_view name, Export exported) {
  Export ended;  // its ref goes when the lock is free
  const std::lock_guard<SpinLock> lock(lock_);
  const auto [at, added] = by_name_->try_emplace(std::string(name), exported);
  if (added) return absl::OkStatus();
  if (Ended(at->second)) {
    ended = std::exchange(at->second, std::move(exported));
    return absl::OkStatus();
  }
  return absl::AlreadyExistsError(
      absl::StrCat("register ", name, ": ", at->second.cell->Describe(), " has this name"));
}

bool Exports::Remove(absl::string_view name) {
  ByName::node_type removed;  // its ref goes when the lock is free
  const std::lock_guard<SpinLock> lock(lock_);
  removed = by_name_->extract(std::string(name));
  return !removed.empty();
}

void Exports::Clear() {
  ByName dropped;  // its refs go when the lock is free
  const std::lock_guard<SpinLock> lock(lock_);
  std::swap(*by_name_, dropped);
}

Export Exports::Find(absl::string_view name) const {
  const std::lock_guard<SpinLock> lock(lock_);
  const auto at = by_name_->find(name);
  return at == by_name_->end() || Ended(at->second) ? Export() : at->second;
}

}  // namespace rehearse::internal
