// Our end of a pipe to a child process.

#ifndef REHEARSE_NET_NODE_POSIX_PIPE_H_
#define REHEARSE_NET_NODE_POSIX_PIPE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/socket/posix_descriptor.h"
#include "rehearse/net/socket/posix_scratch.h"

namespace rehearse::net {

class PosixPipe {
 public:
  // Takes over `fd`, which is non-blocking, or is -1: a pipe that is not there. `name` says it in
  // errors ("the output of /bin/cat"). `watch` and `scratch` outlive it. Any thread.
  PosixPipe(PosixWatch& watch, PosixScratch& scratch, int fd, std::string name);
  ~PosixPipe() { Close(); }
  PosixPipe(const PosixPipe&) = delete;
  PosixPipe& operator=(const PosixPipe&) = delete;

  // As Process's.
  absl::StatusOr<size_t> Read(size_t bytes_max, std::string& out, Instant deadline);
  absl::Status Write(absl::string_view bytes, Instant deadline);
  // Nobody reads or writes.
  void Close();

 private:
  absl::Status NotThere() const;

  PosixScratch& scratch_;
  PosixDescriptor* descriptor_ = nullptr;
  const bool piped_;
  const std::string name_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_POSIX_PIPE_H_
