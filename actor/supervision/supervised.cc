#include "rehearse/actor/supervision/supervised.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace rehearse {
namespace {

class ValueKeeper final : public internal::Keeper {
 public:
  explicit ValueKeeper(internal::DecideAnyhow decide) : decide_(std::move(decide)) {}

  bool Revive(internal::Cell& cell, const ExitReason& reason) override {
    if (cell.revival()->stopped) return false;
    internal::Decision decision = Ask(cell, reason);
    const Verdict& verdict = decision.verdict;
    if (!verdict.restart() || !cell.Pause(verdict.after())) return false;
    if (decision.recipe != nullptr) cell.revival()->recipe = std::move(decision.recipe);
    return true;
  }
  void Ended(internal::Cell&, const ExitReason&) override {}

 private:
  internal::Decision Ask(internal::Cell& cell, const ExitReason& reason) {
    std::exception_ptr thrown;
    try {
      return decide_(reason);
    } catch (const std::exception&) {
      thrown = std::current_exception();
    }
    cell.node().log().Write(
        Severity::kError,
        absl::StrCat(cell.Describe(), ": its supervisor threw ", PanicText(thrown)));
    return {Verdict::Stop(), nullptr};
  }

  internal::DecideAnyhow decide_;
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

std::unique_ptr<internal::Keeper> internal::KeptBy(DecideAnyhow decide) {
  return std::make_unique<ValueKeeper>(std::move(decide));
}

}  // namespace rehearse
