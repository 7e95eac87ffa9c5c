#include "examples/replicated_register/replica.h"

#include <stdexcept>

#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/host.h"

namespace examples::replicated_register {
namespace {

std::string RecordOf(const std::string& key, const Tagged& tagged) {
  std::string record;
  Store{.key = key, .tagged = tagged}.AppendTo(record);
  return record;
}

}  // namespace

bool Newer(const Tagged& a, const Tagged& b) {
  return a.counter != b.counter ? a.counter > b.counter : a.writer > b.writer;
}

absl::Status Replica::OnStart() {
  if (options_.recovery != Recovery::kDisk) return absl::OkStatus();
  log_ = std::make_unique<RecordLog>(rehearse::FilesOf(node()), options_.data, options_.bug);
  std::vector<std::string> records;
  REHEARSE_RETURN_IF_ERROR(log_->Read(records));
  for (const std::string& record : records) {
    REHEARSE_ASSIGN_OR_RETURN(const Store kept, Store::Parse(record));
    held_[kept.key] = kept.tagged.value_or(Tagged());
  }
  return log_->Rewrite(Records());
}

Held Replica::Handle(const Query& query) {
  const auto held = held_.find(query.key);
  return {.tagged = held == held_.end() ? Tagged() : held->second};
}

void Replica::Handle(const Store& store) {
  const auto held = held_.find(store.key);
  if (!store.tagged.has_value()) return;
  if (held != held_.end() && !Newer(*store.tagged, held->second)) return;
  const absl::Status kept = Keep(store.key, *store.tagged);
  if (!kept.ok()) throw std::runtime_error(kept.ToString());
}

absl::Status Replica::Keep(const std::string& key, const Tagged& tagged) {
  if (log_ != nullptr) REHEARSE_RETURN_IF_ERROR(log_->Append(RecordOf(key, tagged)));
  held_[key] = tagged;
  if (log_ == nullptr || log_->blocks() <= kLogBlocksMax) return absl::OkStatus();
  return log_->Rewrite(Records());
}

std::vector<std::string> Replica::Records() const {
  std::vector<std::string> records;
  for (const auto& [key, tagged] : held_) records.push_back(RecordOf(key, tagged));
  return records;
}

}  // namespace examples::replicated_register
