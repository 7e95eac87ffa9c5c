#include "rehearse/sim/trace/run_trace.h"

namespace rehearse::sim {

void RunTrace::Tell(const TraceEvent& event) {
  on_event_(EventLine(event, event.node.value < names_.size() ? names_[event.node.value] : "?"));
}

}  // namespace rehearse::sim
