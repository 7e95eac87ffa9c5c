#include "rehearse/net/socket/posix_error.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace rehearse::net {

absl::Status HostError(absl::string_view what, const SocketAddress& address, int error) {
  const std::string message =
      absl::StrCat(what, " ", address.ToString(), ": ", std::strerror(error));
  switch (error) {
    case EADDRINUSE: return absl::AlreadyExistsError(message);
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EMSGSIZE: return absl::InvalidArgumentError(message);
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return absl::ResourceExhaustedError(message);
    default: return absl::UnavailableError(message);
  }
}

absl::Status ExhaustedIsUnavailable(const absl::Status& status) {
  return absl::IsResourceExhausted(status) ? absl::UnavailableError(status.message()) : status;
}

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace rehearse::net
