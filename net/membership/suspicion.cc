#include "rehearse/net/membership/suspicion.h"

#include <algorithm>

namespace rehearse::net {
namespace {

// log(c + 1) / log(k + 1) in thousandths, for c of k confirmations: numbers that are the same on
// each machine.
constexpr std::array<std::array<int, 4>, 4> kShortened = {
    {{1000, 1000, 1000, 1000}, {0, 1000, 1000, 1000}, {0, 631, 1000, 1000}, {0, 500, 792, 1000}}};

}  // namespace

bool Suspicion::Confirm(const std::string& by) {
  if (confirmations() >= expected_) return false;
  if (std::find(by_.begin(), by_.end(), by) != by_.end()) return false;
  by_.push_back(by);
  return true;
}

Instant Suspicion::deadline() const {
  const int shortened = kShortened[expected_][confirmations()];
  return since_ + (longest_ - (longest_ - shortest_) * shortened / 1000);
}

}  // namespace rehearse::net
