#include "rehearse/actor/supervision/supervised.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace rehearse {
namespace {

class ValueKeeper final : public internal::Keeper {
 public:
  explicit ValueKeeper(Decide decide) : decide_(std::move(decide)) {}

  bool Revive(internal::Cell& cell, const ExitReason& reason) override {
    if (cell.revival()->stopped) return false;
    const Verdict verdict = Ask(cell, reason);
    return verdict.restart() && cell.Pause(verdict.after());
  }
  void Ended(internal::Cell&, const ExitReason&) override {}

 private:
  Verdict Ask(internal::Cell& cell, const ExitReason& reason) {
    std::exception_ptr thrown;
    try {
      return decide_(reason);
    } catch (const std::exception&) {
      thrown = std::current_exception();
    }
    cell.node().log().Write(
        Severity::kError,
        absl::StrCat(cell.Describe(), ": its supervisor threw ", PanicText(thrown)));
    return Verdict::Stop();
  }

  Decide decide_;
};

}  // namespace

Decide RestartWithin(const RestartLimit& limit, const BackOff& back_off) {
  return [budget = RestartBudget(limit), back_off, failures = 0, last = Instant(),
          random = std::optional<Random>()](const ExitReason& reason) mutable {
    const Instant now = CurrentNode().clock().Now();
    if (!reason.bad() || !budget.Spend(now)) return Verdict::Stop();
    // In a row: what lies further back is forgotten.
    if (now - last >= back_off.max + budget.limit().window) failures = 0;
    last = now;
    if (!random) {
      random =
          CurrentNode().random("restarts").Split("of", internal::CurrentCell()->actor_id().value);
    }
    return Verdict::Restart(WaitAfter(back_off, ++failures, *random));
  };
}

std::unique_ptr<internal::Keeper> internal::KeptBy(Decide decide) {
  return std::make_unique<ValueKeeper>(std::move(decide));
}

}  // namespace rehearse
