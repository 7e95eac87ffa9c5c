// What must hold of a world after each of its steps.

#ifndef REHEARSE_SIM_CHECK_INVARIANTS_H_
#define REHEARSE_SIM_CHECK_INVARIANTS_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace rehearse::sim {

class Invariants {
 public:
  void Add(std::string name, std::function<bool()> holds) {
    all_.push_back({std::move(name), std::move(holds)});
  }
  bool empty() const { return all_.empty(); }

  // The name of the first that does not hold now; null if all do.
  const std::string* Broken() const {
    for (const Invariant& invariant : all_) {
      if (!invariant.holds()) return &invariant.name;
    }
    return nullptr;
  }

 private:
  struct Invariant {
    std::string name;
    std::function<bool()> holds;
  };

  std::vector<Invariant> all_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INVARIANTS_H_
