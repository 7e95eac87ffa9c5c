#include "examples/replicated_register/replica.h"

#include <stdexcept>

#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/host.h"

namespace examples::replicated_register {
namespace {

std::string RecordOf(const Store& store) {
  std::string record;
  store.AppendTo(record);
  return record;
}

}  // namespace

bool Newer(const Tagged& a, const Tagged& b) {
  return a.counter != b.counter ? a.counter > b.counter : a.writer > b.writer;
}

std::vector<Store> StoresOf(const std::map<std::string, Tagged>& held) {
  std::vector<Store> stores;
  for (const auto& [key, tagged] : held) stores.push_back({.key = key, .tagged = tagged});
  return stores;
}

void Merge(const std::vector<Store>& stores, std::map<std::string, Tagged>& held) {
  for (const Store& store : stores) {
    Tagged& newest = held[store.key];
    if (store.tagged.has_value() && Newer(*store.tagged, newest)) newest = *store.tagged;
  }
}

Replica::Replica(const Options& options, const Recovered& recovered)
    : options_(options), lives_(recovered.lives) {
  Merge(recovered.held, held_);
}

absl::Status Replica::OnStart() {
  if (options_.recovery != Recovery::kDisk) return absl::OkStatus();
  log_ = std::make_unique<RecordLog>(rehearse::FilesOf(node()), options_.data, options_.bug);
  std::vector<std::string> records;
  REHEARSE_RETURN_IF_ERROR(log_->Read(records));
  for (const std::string& record : records) {
    REHEARSE_ASSIGN_OR_RETURN(const Store kept, Store::Parse(record));
    Merge({kept}, held_);
  }
  return log_->Rewrite(Records());
}

Held Replica::Handle(const Query& query) {
  const auto held = held_.find(query.key);
  return {.tagged = held == held_.end() ? Tagged() : held->second, .lives = lives_};
}

Stored Replica::Handle(const Store& store) {
  const absl::Status kept = Keep(store);
  if (!kept.ok()) throw std::runtime_error(kept.ToString());
  return {.lives = lives_};
}

Recovered Replica::Handle(const Recover& recover) {
  Join(lives_, recover.lives);
  return {.held = StoresOf(held_), .lives = lives_};
}

absl::Status Replica::Keep(const Store& store) {
  const auto held = held_.find(store.key);
  if (!store.tagged.has_value()) return absl::OkStatus();
  if (held != held_.end() && !Newer(*store.tagged, held->second)) return absl::OkStatus();
  if (log_ != nullptr) REHEARSE_RETURN_IF_ERROR(log_->Append(RecordOf(store)));
  held_[store.key] = *store.tagged;
  if (log_ == nullptr || log_->blocks() <= kLogBlocksMax) return absl::OkStatus();
  return log_->Rewrite(Records());
}

std::vector<std::string> Replica::Records() const {
  std::vector<std::string> records;
  for (const Store& store : StoresOf(held_)) records.push_back(RecordOf(store));
  return records;
}

}  // namespace examples::replicated_register
