#include "rehearse/actor/internal/exports.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/random.h"

namespace rehearse::internal {

namespace {

constexpr size_t kNumbersMin = 256;

bool Ended(const Export& exported) { return exported.cell->phase() == Cell::Phase::kEnded; }

constexpr size_t kMessagesTextMax = 200;  // of a ProtocolId

// The last part of "examples::bank::Deposit".
absl::string_view ShortName(absl::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == absl::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

ProtocolId ProtocolIdOf(const RemoteMethod* methods, size_t method_count) {
  std::vector<const RemoteMethod*> sorted;
  for (size_t i = 0; i < method_count; ++i) sorted.push_back(&methods[i]);
  std::sort(sorted.begin(), sorted.end(),
            [](const RemoteMethod* a, const RemoteMethod* b) { return a->id < b->id; });
  ProtocolId protocol{.id = {.high = method_count + 1, .low = method_count + 2}};
  for (const RemoteMethod* method : sorted) {
    protocol.id.high = Mix64(protocol.id.high + 0x9e3779b97f4a7c15 + method->id.high);
    protocol.id.low =
        Mix64(protocol.id.low + 0x9e3779b97f4a7c15 + method->id.low) ^ Mix64(protocol.id.high);
    absl::StrAppend(&protocol.messages, protocol.messages.empty() ? "" : ", ",
                    ShortName(method->name));
  }
  if (protocol.messages.size() > kMessagesTextMax) {
    protocol.messages.resize(kMessagesTextMax);
    protocol.messages += "...";
  }
  return protocol;
}

struct Exports::ByName : std::map<std::string, Export, std::less<>> {};

// What is exported of an actor that is addressed by its number: one for each protocol.
struct Numbered {
  WeakCell cell;
  std::vector<Export> protocols;  // without the cell
};

struct Exports::ByNumber : std::map<uint64_t, Numbered> {};

Exports::Exports()
    : by_name_(std::make_unique<ByName>()),
      by_number_(std::make_unique<ByNumber>()),
      sweep_at_(kNumbersMin) {}
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

Export Exports::Remove(absl::string_view name) {
  const std::lock_guard<SpinLock> lock(lock_);
  ByName::node_type removed = by_name_->extract(std::string(name));
  return removed.empty() ? Export() : std::move(removed.mapped());
}

void Exports::Clear() {
  ByName names;  // their refs go when the lock is free
  ByNumber numbers;
  const std::lock_guard<SpinLock> lock(lock_);
  std::swap(*by_name_, names);
  std::swap(*by_number_, numbers);
}

Export Exports::Find(absl::string_view name) const {
  const std::lock_guard<SpinLock> lock(lock_);
  const auto at = by_name_->find(name);
  return at == by_name_->end() || Ended(at->second) ? Export() : at->second;
}

WeakCell Exports::FindCell(absl::string_view name) const {
  const std::lock_guard<SpinLock> lock(lock_);
  const auto at = by_name_->find(name);
  return at == by_name_->end() ? WeakCell() : WeakCell(at->second.cell);
}

void Exports::AddNumber(Cell& actor, const Export& protocol) {
  const std::lock_guard<SpinLock> lock(lock_);
  if (by_number_->size() >= sweep_at_) ForgetEnded();
  Numbered& numbered = (*by_number_)[actor.actor_id().value];
  if (numbered.cell.get() == nullptr) numbered.cell = WeakCell(actor);
  if (protocol.methods == nullptr) return;
  for (const Export& known : numbered.protocols) {
    if (known.methods == protocol.methods) return;
  }
  numbered.protocols.push_back({{}, protocol.table, protocol.methods, protocol.method_count});
}

Export Exports::FindNumber(ActorId number, const MessageId& message) const {
  const std::lock_guard<SpinLock> lock(lock_);
  const auto at = by_number_->find(number.value);
  if (at == by_number_->end()) return {};
  Export found;
  found.cell = at->second.cell.Upgrade();
  for (const Export& protocol : at->second.protocols) {
    if (protocol.Find(message) == protocol.method_count) continue;
    found.table = protocol.table;
    found.methods = protocol.methods;
    found.method_count = protocol.method_count;
    break;
  }
  return found;
}

WeakCell Exports::FindNumber(ActorId number) const {
  const std::lock_guard<SpinLock> lock(lock_);
  const auto at = by_number_->find(number.value);
  return at == by_number_->end() ? WeakCell() : at->second.cell;
}

// Those that still live stay, so that a new one is looked at twice on average.
void Exports::ForgetEnded() {
  std::erase_if(*by_number_, [](const auto& entry) {
    return entry.second.cell.get()->phase() == Cell::Phase::kEnded;
  });
  sweep_at_ = std::max(kNumbersMin, 2 * by_number_->size());
}

}  // namespace rehearse::internal
