// Which rare paths are taken in a run, and what its knobs are.

#ifndef REHEARSE_SIM_FAULT_SIM_RARE_PATHS_H_
#define REHEARSE_SIM_FAULT_SIM_RARE_PATHS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/actor/rare_paths.h"
#include "rehearse/sim/schedule/decisions.h"

namespace rehearse::sim {

// One world's, for all its nodes. Each place and each knob has a stream of decisions of its own.
class SimRarePaths final : public RarePaths {
 public:
  static constexpr Ratio kActive = {1, 4};  // places that are, in a run
  static constexpr Ratio kFires = {1, 4};   // of an active one's times
  static constexpr Ratio kTurned = {1, 4};  // knobs that are not as usual, in a run

  // `on_taken`: told of each that is taken ("cache.cc:42"), on its node's fiber.
  SimRarePaths(const Decisions& decisions, std::function<void(absl::string_view where)> on_taken)
      : decisions_(decisions), on_taken_(std::move(on_taken)) {}

  // Nothing is taken, and knobs are as usual, until it is on. A knob that was asked for stays as it
  // is.
  void Turn(bool on) { on_ = on; }

  bool Takes(const char* file, int line) override;
  int64_t ValueOf(absl::string_view name, int64_t usual, absl::Span<const int64_t> others) override;

 private:
  struct Place {
    DecisionStream stream;
    bool active;
  };

  const Decisions& decisions_;
  const std::function<void(absl::string_view)> on_taken_;
  bool on_ = false;
  std::map<std::string, Place, std::less<>> places_;  // by "file:line"
  std::map<std::string, int64_t, std::less<>> knobs_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_FAULT_SIM_RARE_PATHS_H_
