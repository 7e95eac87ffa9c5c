#include "examples/replicated_register/replica.h"

#include "absl/strings/str_cat.h"

namespace examples::replicated_register {

bool Newer(const Tagged& a, const Tagged& b) {
  return a.counter != b.counter ? a.counter > b.counter : a.writer > b.writer;
}

Held Replica::Handle(const Query& query) { return {.tagged = held_[query.key]}; }

void Replica::Handle(const Store& store) {
  Tagged& held = held_[store.key];
  if (store.tagged.has_value() && Newer(*store.tagged, held)) held = *store.tagged;
}

absl::Status RunServer(rehearse::Node& node, const Options& options) {
  if (node.incarnation() > 1 && options.bug != Bug::kForgetOnRestart) {
    node.log().Write(rehearse::Severity::kWarning,
                     absl::StrCat("start ", node.incarnation(), " of ", node.name(),
                                  ": it has forgotten its promises and stays silent"));
    return absl::OkStatus();
  }
  return node.Register<ReplicaProtocol>("register", node.Spawn<Replica>());
}

}  // namespace examples::replicated_register
