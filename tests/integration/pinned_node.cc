// A node whose actors tell where they may run: one fixed to each worker.

#include <sched.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/posix/cpus.h"
#include "rehearse/net/node/run_node.h"

namespace rehearse {
namespace {

struct Where {};

class Witness : public Actor {
 public:
  std::string Handle(const Where&) {
    return absl::StrCat("on ", sched_getcpu(), " of ", absl::StrJoin(AllowedCpus(), ","));
  }
};

absl::Status TellWhere(Node& node) {
  for (int i = 0; i < node.scheduler().worker_count(); ++i) {
    const auto witness = node.SpawnWith<Witness>({.worker = i});
    const auto where = witness.Ask(Where{});
    if (!where.ok()) return where.status();
    node.log().Write(Severity::kInfo, absl::StrCat("worker ", i, " ", *where, "."));
  }
  node.Shutdown();
  return absl::OkStatus();
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) { return rehearse::net::RunNode(argc, argv, rehearse::TellWhere); }
