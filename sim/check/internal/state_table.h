// Gives each state of a search a number, so that a configuration is a few words.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_STATE_TABLE_H_
#define REHEARSE_SIM_CHECK_INTERNAL_STATE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace rehearse::sim {

// Numbers count from 0 in the order of first appearance. A state that was seen is kept.
class StateTable {
 public:
  uint32_t NumberOf(const std::string& state) {
    const auto found = numbers_.find(state);
    if (found != numbers_.end()) return found->second;
    const uint32_t number = static_cast<uint32_t>(states_.size());
    states_.push_back(state);
    numbers_.emplace(states_.back(), number);
    bytes_ += state.size() + kBytesAState;
    return number;
  }

  // Valid as long as the table.
  const std::string& At(uint32_t number) const { return states_[number]; }

  // Memory used, about.
  uint64_t bytes() const { return bytes_; }

 private:
  static constexpr uint64_t kBytesAState = 96;  // its string and its place in the map

  std::deque<std::string> states_;  // never moves a state: the map's keys look into it
  // order-free: looked up, never iterated.
  absl::flat_hash_map<absl::string_view, uint32_t> numbers_;
  uint64_t bytes_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_STATE_TABLE_H_
