#include "rehearse/actor/supervision/internal/child_keeper.h"

#include "rehearse/actor/internal/answer.h"
#include "rehearse/actor/internal/cell.h"

namespace rehearse::internal {
namespace {

constexpr MessageOps kChildNews = {"child", &ChildNews::Invoke, kDestroy<ChildNews>};

}  // namespace

bool ChildKeeper::Revive(Cell& cell, const ExitReason& reason) {
  return cell.Hold([&] { return Report(cell, false, reason); });
}

void ChildKeeper::Ended(Cell& cell, const ExitReason& reason) { Report(cell, true, reason); }

// False: there is no supervisor any more, or it is going.
bool ChildKeeper::Report(Cell& cell, bool ended, const ExitReason& reason) const {
  Cell& supervisor = *cell.parent();
  if (supervisor.phase() >= Cell::Phase::kEnding) return false;
  EnvelopePtr news(MakeEnvelope<ChildNews, false>(
      BlocksOf(NodeOf(supervisor)), kChildNews,
      ChildNews{CellRef::Shared(&cell), cell.incarnation(), supervisor_, ended, reason}));
  return supervisor.SendSystem(news).ok();
}

}  // namespace rehearse::internal
