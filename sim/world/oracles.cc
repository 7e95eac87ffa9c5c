#include "rehearse/sim/world/oracles.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_ref.h"
#include "rehearse/actor/internal/family.h"
#include "rehearse/actor/runtime/fiber.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::sim {
namespace {

using rehearse::internal::Cell;
using rehearse::internal::CellRef;

// Waits that only another actor ends. For an actor's end, a message or a stop one may well wait for
// ever.
constexpr std::array<absl::string_view, 3> kWaitsForOthers = {"Ask", "Await", "Tell"};

bool WaitsForAnother(Fiber& fiber) {
  return fiber.token().generation != 0 && fiber.reason() == WakeReason::kNone &&
         fiber.where != nullptr &&
         std::count(kWaitsForOthers.begin(), kWaitsForOthers.end(), fiber.where) > 0;
}

// Code of a node that is neither down nor paused, on a stack.
bool IsAlive(const Fiber& fiber) {
  const Strand* const strand = fiber.strand();
  return strand != nullptr && strand->domain().running();
}

std::string WaitText(const Fiber& fiber, const NodeName& node_name) {
  const Strand& strand = *fiber.strand();
  std::string text = strand.Describe();
  if (strand.kind() != RunnableKind::kActivation) {
    absl::StrAppend(&text, " on ", node_name(strand.domain().id()));
  }
  if (const auto* const handled = static_cast<const Envelope*>(fiber.handling)) {
    absl::StrAppend(&text, ", handling ", handled->ops->name, ",");
  }
  absl::StrAppend(&text, " waits in ", fiber.where);
  if (const auto* const other = static_cast<const Cell*>(fiber.waits_for)) {
    absl::StrAppend(&text, " for ", other->Describe());
  }
  return text;
}

bool IsOnAStack(const Cell& cell, const Worker& worker) {
  const auto& fibers = worker.all_fibers();
  return std::any_of(fibers.begin(), fibers.end(),
                     [&cell](const Fiber* fiber) { return fiber->strand() == &cell; });
}

std::string FindLostMessageIn(rehearse::internal::Family& family, const Worker& worker) {
  for (const CellRef& cell : MembersOf(family)) {
    if (cell->phase() == Cell::Phase::kRunning && cell->has_mail() && !IsOnAStack(*cell, worker)) {
      return absl::StrCat("lost message: ", cell->Describe(),
                          " has mail and does not handle it; nothing can happen any more");
    }
    if (auto* const children = cell->children_if_any()) {
      if (std::string lost = FindLostMessageIn(*children, worker); !lost.empty()) return lost;
    }
  }
  return "";
}

}  // namespace

bool AtRest(Worker& worker) {
  return worker.policy().empty() && worker.timers().next() == Instant::Infinite();
}

std::string FindDeadlock(const Worker& worker, const NodeName& node_name) {
  std::string waits;
  for (Fiber* const fiber : worker.all_fibers()) {
    if (!IsAlive(*fiber) || !WaitsForAnother(*fiber)) continue;
    absl::StrAppend(&waits, waits.empty() ? "" : "; ", WaitText(*fiber, node_name));
  }
  if (waits.empty()) return "";
  return absl::StrCat("deadlock: nothing can happen any more, and ", waits);
}

std::string FindLostMessage(Node& node, const Worker& worker) {
  return FindLostMessageIn(node.family(), worker);
}

}  // namespace rehearse::sim
