// What can be a name.

#ifndef REHEARSE_NET_REGISTRY_NAME_TEXT_H_
#define REHEARSE_NET_REGISTRY_NAME_TEXT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// 1 to Names::kNameBytesMax bytes, without @ and #, which part actor and node, and without control
// characters.
//   kInvalidArgument  it can't be one; the message says why.
absl::Status CheckName(absl::string_view name);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_NAME_TEXT_H_
