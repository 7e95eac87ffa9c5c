#include "rehearse/sim/runner/replay.h"

#include <string>

#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  const absl::StatusOr<sim::Replay> replay = sim::ParseReplay("replay", bytes);
  if (!replay.ok()) {
    REHEARSE_CHECK(absl::IsInvalidArgument(replay.status()), replay.status().ToString());
    return;
  }
  const std::string text = replay->ToString();
  const absl::StatusOr<sim::Replay> again = sim::ParseReplay("again", text);
  REHEARSE_CHECK(again.ok(), again.status().ToString());
  REHEARSE_CHECK(again->ToString() == text, text);
}

}  // namespace rehearse
