// A node's private key on the host's disk.

#ifndef REHEARSE_NET_NODE_IDENTITY_FILE_H_
#define REHEARSE_NET_NODE_IDENTITY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"

namespace rehearse::net {

// These block the thread: call them before the node runs. The file holds the key as libp2p writes
// it, and nothing else.

// The identity that the file at `path` holds.
//   kNotFound          there is none.
//   kPermissionDenied  others than its owner may read or write it, or it is not this user's: the
//                      key may be known to them. Make a new one, or `chmod 600`.
//   kDataLoss          what is in it is no key, or it could not be read.
absl::StatusOr<Identity> ReadIdentityFile(const std::string& path);

// Makes the file, for its owner alone. At no time is half a key there, and one that is there
// stays.
//   kAlreadyExists  there is a file.
//   kUnavailable    the host refused; the message says what.
absl::Status WriteIdentityFile(const std::string& path, const Identity& identity);

// Reads it; if there is none, generates one and writes it. When several processes begin at once,
// all get the same.
absl::StatusOr<Identity> ReadOrMakeIdentityFile(const std::string& path, Entropy& entropy);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_IDENTITY_FILE_H_
