// How a process knows which of its node's lives it is.

#ifndef REHEARSE_NET_NODE_INCARNATION_H_
#define REHEARSE_NET_NODE_INCARNATION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace rehearse::net {

// Adds one to the count of starts in `state_dir` (made if it is not there), on disk before it
// returns: two starts never get the same number. Not on a fiber.
//   kUnavailable  the directory can't be made, read or written; the message names the file.
//   kDataLoss     the file holds something else: remove it if this node may forget.
absl::StatusOr<uint64_t> NextIncarnation(const std::string& state_dir);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_INCARNATION_H_
