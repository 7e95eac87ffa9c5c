#include "rehearse/actor/env/trace.h"

namespace rehearse {

absl::string_view TraceKindName(TraceKind kind) {
  switch (kind) {
    case TraceKind::kSpawn: return "spawn";
    case TraceKind::kHandle: return "handle";
    case TraceKind::kResume: return "resume";
    case TraceKind::kExit: return "exit";
    case TraceKind::kPanic: return "panic";
    case TraceKind::kDeadLetter: return "dead letter";
    case TraceKind::kTimer: return "timer";
    case TraceKind::kNodeStart: return "node start";
    case TraceKind::kNodeStop: return "node stop";
    case TraceKind::kSend: return "send";
    case TraceKind::kDeliver: return "deliver";
    case TraceKind::kDrop: return "drop";
    case TraceKind::kFault: return "fault";
    case TraceKind::kOperation: return "operation";
    case TraceKind::kMark: return "mark";
  }
  return "unknown";
}

}  // namespace rehearse
