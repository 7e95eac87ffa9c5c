// Where bytes land before it is known how many there are: one buffer a worker, so that a reader who
// waits holds none.

#ifndef REHEARSE_NET_SOCKET_POSIX_SCRATCH_H_
#define REHEARSE_NET_SOCKET_POSIX_SCRATCH_H_

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/types/span.h"

namespace rehearse::net {

class PosixScratch {
 public:
  // What one call to the host moves at most.
  static constexpr size_t kBytes = size_t{64} << 10;

  explicit PosixScratch(int workers) {
    for (int i = 0; i < workers; ++i) buffers_.emplace_back(new Buffer);
  }

  // Worker `index`'s: its alone, up to the next suspension.
  absl::Span<char> Of(int index) { return absl::MakeSpan(*buffers_[static_cast<size_t>(index)]); }

 private:
  using Buffer = std::array<char, kBytes>;  // not touched, it takes no memory
  std::vector<std::unique_ptr<Buffer>> buffers_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_SCRATCH_H_
