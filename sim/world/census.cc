#include "rehearse/sim/world/census.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_ref.h"
#include "rehearse/actor/internal/family.h"

namespace rehearse::sim {
namespace {

using rehearse::internal::CellRef;
using rehearse::internal::Family;

class Census {
 public:
  void Count(Family& family) {
    for (const CellRef& cell : MembersOf(family)) {
      ++actors_;
      ++classes_[cell->class_name()];
      if (const size_t mail = cell->mail_count(); mail > most_mail_) {
        most_mail_ = mail;
        fullest_ = cell->Describe();
      }
      if (Family* const children = cell->children_if_any()) Count(*children);
    }
  }

  std::string ToString() const {
    const auto largest =
        std::max_element(classes_.begin(), classes_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (largest == classes_.end()) return "no actor is alive";
    if (most_mail_ > actors_) {
      return absl::StrCat(most_mail_, " messages wait for ", fullest_);
    }
    return absl::StrCat(actors_, " actors are alive, ", largest->second, " of them ",
                        largest->first);
  }

 private:
  size_t actors_ = 0;
  std::map<absl::string_view, size_t> classes_;
  size_t most_mail_ = 0;
  std::string fullest_;
};

}  // namespace

size_t HeldBy(Scheduler& scheduler) { return scheduler.blocks().in_use(); }

std::string DescribeCrowd(const std::vector<Node*>& nodes) {
  Census census;
  for (Node* const node : nodes) census.Count(node->family());
  return census.ToString();
}

}  // namespace rehearse::sim
