// A world's history, told to its trace as well.

#ifndef REHEARSE_SIM_WORLD_TRACED_HISTORY_H_
#define REHEARSE_SIM_WORLD_TRACED_HISTORY_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/history.h"
#include "rehearse/actor/env/trace.h"
#include "rehearse/sim/check/recorded_history.h"
#include "rehearse/sim/world/virtual_time.h"

namespace rehearse::sim {

class TracedHistory final : public History {
 public:
  TracedHistory(RecordedHistory& history, const VirtualTime& time, TraceSink& trace)
      : history_(history), time_(time), trace_(trace) {}

  uint64_t Begin(uint64_t process, absl::string_view object, absl::string_view operation,
                 absl::string_view argument) override {
    const uint64_t id = history_.Begin(process, object, operation, argument);
    Tell(absl::StrCat("client ", process, " begins ", operation, " ", object,
                      argument.empty() ? "" : " = ", argument),
         id);
    return id;
  }

  void End(uint64_t operation, Outcome outcome, absl::string_view result) override {
    history_.End(operation, outcome, result);
    const Operation& ended = history_.operations()[operation - 1];
    const char* const how = outcome == Outcome::kOk       ? " is ok"
                            : outcome == Outcome::kFailed ? " failed"
                                                          : " may have happened";
    Tell(absl::StrCat("client ", ended.process, " ", ended.operation, " ", ended.object, how,
                      result.empty() ? "" : ": ", result),
         operation);
  }

 private:
  void Tell(const std::string& what, uint64_t id) {
    trace_.Record({.time = time_.now(),
                   .node = {},
                   .actor = {},
                   .kind = TraceKind::kOperation,
                   .what = what,
                   .a = id});
  }

  RecordedHistory& history_;
  const VirtualTime& time_;
  TraceSink& trace_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_TRACED_HISTORY_H_
