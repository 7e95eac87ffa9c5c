#include "examples/replicated_register/majority.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace examples::replicated_register {

absl::StatusOr<Replicas> FindReplicas(rehearse::Node& node, int servers) {
  Replicas replicas;
  for (int i = 1; i <= servers; ++i) {
    const std::string server = absl::StrCat("server-", i);
    if (server == node.name()) {
      replicas.emplace_back();
      continue;
    }
    REHEARSE_ASSIGN_OR_RETURN(auto replica,
                              node.Named<ReplicaProtocol>(absl::StrCat("register@", server)));
    replicas.push_back(std::move(replica));
  }
  return replicas;
}

}  // namespace examples::replicated_register
