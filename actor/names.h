// The seam that says where a name is.

#ifndef REHEARSE_ACTOR_NAMES_H_
#define REHEARSE_ACTOR_NAMES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse {

// Where a named actor lives.
struct Location {
  std::string node;   // empty: on the asking node itself
  std::string actor;  // its name there
};

// A node's view of the cluster's names. Called on its fibers; may park.
class Names {
 public:
  virtual ~Names() = default;

  // This node has an actor of this name from now on.
  //   kAlreadyExists  the name is taken.
  virtual absl::Status Register(absl::string_view name) = 0;
  virtual void Unregister(absl::string_view name) = 0;

  // Where `name` is.
  //   kNotFound         nobody has it.
  //   kInvalidArgument  it can't be a name.
  virtual absl::StatusOr<Location> Lookup(absl::string_view name) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_NAMES_H_
