// Several workers behind one ref.
//
//   bazel run //examples/pool -- -- 4

#ifndef EXAMPLES_POOL_POOL_H_
#define EXAMPLES_POOL_POOL_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/patterns/pool.h"
#include "rehearse/actor/pending.h"

namespace examples::pool {

struct Develop {
  int photo = 0;
};

// Develops one photo at a time, and knows nothing of a pool.
class Developer : public rehearse::Actor {
 public:
  explicit Developer(absl::Duration each) : each_(each) {}

  // Answered with which photo of this developer's it was.
  absl::StatusOr<int> Handle(const Develop&) {
    if (!rehearse::Sleep(each_).ok()) return absl::CancelledError("the light was switched on");
    return ++developed_;
  }

 private:
  const absl::Duration each_;
  int developed_ = 0;
};

// Takes a Develop as a Developer does. It gives it to whoever has the fewest, and replaces those
// who end.
using Lab = rehearse::Pool<Developer, Develop>;

struct Batch {
  absl::Duration took;
  int most = 0;  // photos of one developer
};

// Has all photos developed: asks for all of them, then waits for the answers.
inline absl::StatusOr<Batch> DevelopAll(rehearse::Node& node, size_t developers, int photos,
                                        absl::Duration each) {
  const auto lab = node.Spawn<Lab>(Lab::Options{.workers = developers}, each);
  const auto start = node.clock().Now();
  std::vector<rehearse::Pending<int>> asked;
  for (int photo = 1; photo <= photos; ++photo) asked.push_back(lab.Request(Develop{photo}));

  Batch batch;
  for (const absl::StatusOr<int>& developed : rehearse::AwaitAll(asked)) {
    if (!developed.ok()) return developed.status();
    batch.most = std::max(batch.most, *developed);
  }
  batch.took = node.clock().Now() - start;
  return batch;
}

}  // namespace examples::pool

#endif  // EXAMPLES_POOL_POOL_H_
