#include "rehearse/actor/supervision/restart_budget.h"

namespace rehearse {

bool RestartBudget::Spend(Instant now) {
  while (!spent_.empty() && now - spent_.front() >= limit_.window) spent_.pop_front();
  if (static_cast<int64_t>(spent_.size()) >= limit_.restarts) return false;
  spent_.push_back(now);
  return true;
}

}  // namespace rehearse
