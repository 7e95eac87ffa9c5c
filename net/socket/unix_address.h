// The text of a Unix socket's address: "unix:/run/app.sock", "unix:@app".

#ifndef REHEARSE_NET_SOCKET_UNIX_ADDRESS_H_
#define REHEARSE_NET_SOCKET_UNIX_ADDRESS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

// The most bytes of a path, or of an abstract name with its "@": as many as Linux has room for.
inline constexpr size_t kUnixNameBytesMax = 107;

// "/run/app.sock" for "unix:/run/app.sock", "@app" for "unix:@app", "" for "unix:"; nothing if
// `host` does not begin with "unix:". Points into `host`.
std::optional<absl::string_view> UnixName(absl::string_view host);

// The address of `name`, as UnixName gives it.
std::string UnixHost(absl::string_view name);

// Whether `name` is in the file system; else it is abstract, or none.
inline bool IsUnixPath(absl::string_view name) { return !name.empty() && name[0] == '/'; }

// Why nobody can have `name`, and what to do; nullptr: somebody can.
const char* WhyNoUnixName(absl::string_view name);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_UNIX_ADDRESS_H_
