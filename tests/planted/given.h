// What a run of a planted program is told on the command line.

#ifndef REHEARSE_TESTS_PLANTED_GIVEN_H_
#define REHEARSE_TESTS_PLANTED_GIVEN_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::planted {

struct Given {
  std::string bug;                   // --bug=NAME: the defect that is there; empty: none
  std::vector<std::string> without;  // --without=FAMILIES: see sim/fault/swarm.h

  bool Has(absl::string_view name) const { return bug == name; }
  bool IsWithout(absl::string_view family) const {
    return std::count(without.begin(), without.end(), family) > 0;
  }
};

Given GivenTo(const sim::World& world);

}  // namespace rehearse::planted

#endif  // REHEARSE_TESTS_PLANTED_GIVEN_H_
