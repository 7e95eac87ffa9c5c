#include "rehearse/actor/rare_paths.h"

#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/strand.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {
namespace {

// Of the node whose code calls; null if there are none.
RarePaths* RarePathsHere() {
  Worker* const worker = CurrentWorker();
  if (worker == nullptr || worker->current().strand() == nullptr) return nullptr;
  return CurrentNode().Find<RarePaths>();
}

}  // namespace

bool TakesRarePath(const char* file, int line) {
  RarePaths* const paths = RarePathsHere();
  return paths != nullptr && paths->Takes(file, line);
}

int64_t Knob(absl::string_view name, int64_t usual, std::initializer_list<int64_t> others) {
  RarePaths* const paths = RarePathsHere();
  return paths == nullptr ? usual : paths->ValueOf(name, usual, {others.begin(), others.size()});
}

}  // namespace rehearse
