#include "rehearse/sim/check/register_model.h"

#include <utility>

namespace rehearse::sim {

RegisterModel::RegisterModel(std::string initial) : initial_(std::move(initial)) {}

std::string RegisterModel::Initial() const { return initial_; }

bool RegisterModel::Step(const std::string& state, const Operation& operation,
                         std::string* next) const {
  if (operation.operation == kWrite) {
    *next = operation.argument;
    return true;
  }
  if (operation.operation != kRead) return false;
  if (operation.outcome == Outcome::kOk && operation.result != state) return false;
  *next = state;
  return true;
}

bool RegisterModel::OnlyReads(const Operation& operation) const {
  return operation.operation == kRead;
}

}  // namespace rehearse::sim
