// Sockets within one worker, for tests of what stands on the seam: no host, no threads, no delay.

#ifndef REHEARSE_NET_SOCKET_TESTING_MEMORY_SOCKETS_H_
#define REHEARSE_NET_SOCKET_TESTING_MEMORY_SOCKETS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

struct MemorySocketsOptions {
  // How many bytes each direction of a connection holds.
  size_t window_bytes = size_t{64} << 10;
  // How many datagrams wait at a socket; more are lost.
  size_t datagrams_max = 256;
};

// All ends are on one worker of `scheduler`. The only IP is 127.0.0.1; port 1 never answers, nor
// does "unix:@silent". No Unix socket has a file.
class MemorySockets final : public Sockets {
 public:
  static constexpr uint16_t kSilentPort = 1;
  static constexpr absl::string_view kSilentName = "@silent";

  explicit MemorySockets(Scheduler& scheduler, MemorySocketsOptions options = {})
      : scheduler_(scheduler), options_(options) {}

  absl::StatusOr<std::unique_ptr<ListenSocket>> Listen(const SocketAddress& address) override;
  absl::StatusOr<std::unique_ptr<StreamSocket>> Connect(const SocketAddress& address,
                                                        Instant deadline) override;
  absl::StatusOr<std::unique_ptr<DatagramSocket>> Bind(const SocketAddress& address) override;

  // The next so many Accepts find that the host is out of descriptors.
  int exhausted_accepts = 0;
  // How many times bytes were handed over, on all connections.
  uint64_t writes = 0;

 private:
  class End;
  class Port;
  class Box;
  struct Pipe;

  // `address`, with the port or the name that it leaves open.
  absl::StatusOr<SocketAddress> Own(absl::string_view what, const SocketAddress& address);

  // Parks until `waiter` is woken.
  WakeReason Await(WaitToken& waiter, Instant deadline, const char* where);
  static void Wake(WaitToken& waiter) {
    Waitable::Wake(std::exchange(waiter, WaitToken{}), WakeReason::kNotified);
  }

  Scheduler& scheduler_;
  const MemorySocketsOptions options_;
  absl::btree_map<std::string, Port*> ports_;  // by port or name
  absl::btree_map<std::string, Box*> boxes_;
  uint16_t next_port_ = 20000;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_TESTING_MEMORY_SOCKETS_H_
