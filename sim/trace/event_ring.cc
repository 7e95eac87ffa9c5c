#include "rehearse/sim/trace/event_ring.h"

#include "absl/strings/str_cat.h"

namespace rehearse::sim {
namespace {

std::string Details(const TraceEvent& event) {
  switch (event.kind) {
    case TraceKind::kHandle: return event.a == 0 ? std::string() : absl::StrCat(" from #", event.a);
    case TraceKind::kSend:
    case TraceKind::kDeliver:
    case TraceKind::kDrop: return absl::StrCat(" frame ", event.a);
    case TraceKind::kNodeStart: return absl::StrCat(" incarnation ", event.a);
    default: return "";
  }
}

}  // namespace

std::string EventLine(const TraceEvent& event, absl::string_view node) {
  return absl::StrCat(event.time.ToString(), " ", node.empty() ? "world" : node, " ",
                      event.actor ? event.actor.ToString() + " " : std::string(),
                      TraceKindName(event.kind), " ", event.what, Details(event));
}

std::vector<std::string> EventRing::Lines() const {
  std::vector<std::string> lines;
  const uint64_t first = count > kEvents ? count - kEvents : 0;
  for (uint64_t i = first; i < count; ++i) {
    const Entry& entry = entries[i % kEvents];
    TraceEvent event;
    event.time = Instant::FromNanos(entry.time_nanos);
    event.actor = {entry.actor};
    event.kind = static_cast<TraceKind>(entry.kind);
    event.what = absl::string_view(entry.what, std::min<size_t>(entry.what_bytes, kWhatBytes));
    event.a = entry.a;
    event.b = entry.b;
    lines.push_back(EventLine(event, entry.node < kNodes ? names[entry.node] : "?"));
  }
  return lines;
}

}  // namespace rehearse::sim
