#include "rehearse/actor/internal/stand_ins.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

#include "rehearse/actor/internal/remote_target.h"
#include "rehearse/actor/internal/weak_cell.h"

namespace rehearse::internal {

struct StandIns::ByTarget
    : std::map<std::tuple<std::string, std::string, uint64_t>, WeakCell, std::less<>> {};

StandIns::StandIns() : by_target_(std::make_unique<ByTarget>()) {}
StandIns::~StandIns() = default;

CellRef StandIns::Find(Node& from, absl::string_view node, absl::string_view actor,
                       uint64_t incarnation) {
  const std::lock_guard<SpinLock> lock(lock_);
  if (by_target_->size() >= sweep_at_) ForgetUnused();
  WeakCell& known = (*by_target_)[{std::string(node), std::string(actor), incarnation}];
  if (CellRef living = known.Upgrade()) return living;
  auto target = std::make_unique<const RemoteTarget>(
      RemoteTarget{&from, std::string(node), std::string(actor), incarnation});
  CellRef made = CellRef::Adopted(Cell::CreateStandIn(from, std::move(target)));
  known = WeakCell(made);
  return made;
}

size_t StandIns::size() const {
  const std::lock_guard<SpinLock> lock(lock_);
  return by_target_->size();
}

// Half of the room at least is free afterwards, so that each is looked at once on average.
void StandIns::ForgetUnused() {
  std::erase_if(*by_target_, [](const auto& known) { return !known.second.in_use(); });
  sweep_at_ = std::max<size_t>(16, 2 * by_target_->size());
}

}  // namespace rehearse::internal
