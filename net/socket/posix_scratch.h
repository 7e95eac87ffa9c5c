// Where bytes land before it is known how many there are: one buffer a worker, so that a reader who
// waits holds none.

#ifndef REHEARSE_NET_SOCKET_POSIX_SCRATCH_H_
#define REHEARSE_NET_SOCKET_POSIX_SCRATCH_H_

#include <array>
#include <cstddef>
#include <memory>

#include "absl/types/span.h"
#include "rehearse/actor/runtime/scheduler.h"

namespace rehearse::net {

class PosixScratch {
 public:
  // What one call to the host moves at most.
  static constexpr size_t kBytes = size_t{64} << 10;

  // `worker`'s: its alone, up to the next suspension. On that worker.
  absl::Span<char> Of(const Worker& worker) {
    std::unique_ptr<Buffer>& buffer = buffers_[static_cast<size_t>(worker.index())];
    if (buffer == nullptr) buffer.reset(new Buffer);
    return absl::MakeSpan(*buffer);
  }

 private:
  using Buffer = std::array<char, kBytes>;  // not touched, it takes no memory
  std::array<std::unique_ptr<Buffer>, Scheduler::kWorkersMax> buffers_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_SCRATCH_H_
