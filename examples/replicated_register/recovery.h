// How a replica that has forgotten all comes back without a disk: it asks the others.
//
// To ask a majority what they hold is not enough. An answer that the replica gave in its earlier
// life may still be on its way, or wait at a client for a second one; together they would look like
// a majority's promise, of which one half is forgotten. So the replica first makes its new life
// known, to a majority of the others and by the same message that asks for what they hold. See
// crash_vector.h for the paper.

#ifndef EXAMPLES_REPLICATED_REGISTER_RECOVERY_H_
#define EXAMPLES_REPLICATED_REGISTER_RECOVERY_H_

#include "absl/status/statusor.h"
#include "examples/replicated_register/options.h"
#include "examples/replicated_register/register.h"
#include "rehearse/actor/node.h"

namespace examples::replicated_register {

// What the replica of this node, which is one of server-1 to server-N, has to hold before it
// answers anybody, with the lives that it has to know of. Tries until it hears a majority; those
// that recover themselves don't answer, so more than a minority that crashed together never comes
// back.
//   kInvalidArgument  the node's name is none of theirs.
//   kCancelled        the caller is being stopped.
absl::StatusOr<Recovered> RecoverFromOthers(rehearse::Node& node, const Options& options);

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_RECOVERY_H_
