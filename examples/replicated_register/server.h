// The server's program: a replica named "register", and how it comes back after a fall.

#ifndef EXAMPLES_REPLICATED_REGISTER_SERVER_H_
#define EXAMPLES_REPLICATED_REGISTER_SERVER_H_

#include "absl/status/status.h"
#include "examples/replicated_register/options.h"
#include "rehearse/actor/node.h"

namespace examples::replicated_register {

// A server that has forgotten what it acknowledged, or can't be sure of it, stays silent: the
// others carry on without it.
absl::Status RunServer(rehearse::Node& node, const Options& options);

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_SERVER_H_
