// A network namespace: interfaces, addresses and ports of its own, as another machine has them.

#ifndef REHEARSE_TESTS_NAMESPACES_NET_NAMESPACE_H_
#define REHEARSE_TESTS_NAMESPACES_NET_NAMESPACE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rehearse {

// Moves this process into a namespace of its own, as root or, where it may, as root of a user
// namespace of its own; from that there is no way back. While it has one thread.
//   kUnavailable  the kernel lets it not; the message says what to do.
absl::Status MoveIntoOwnNamespace();

// One more, with nothing in it but a loopback that is down. It is gone when this is, and the
// processes in it: it has no name that could be left behind.
class NetNamespace {
 public:
  // After MoveIntoOwnNamespace.
  static absl::StatusOr<NetNamespace> Make();
  NetNamespace(NetNamespace&& other) noexcept;
  NetNamespace& operator=(NetNamespace&&) = delete;
  ~NetNamespace();

  // `work` with this thread in it; what it starts stays in it.
  void Run(const std::function<void()>& work) const;

  // For programs that this process starts: a file that stands for it.
  std::string path() const;

 private:
  explicit NetNamespace(int fd) : fd_(fd) {}

  int fd_;  // -1: moved away
};

// Gives `commands`, a line each, to ip(8), in the namespace that this thread is in.
//   kUnavailable  one failed, or there is no ip (iproute2).
absl::Status RunIp(const std::string& commands);

}  // namespace rehearse

#endif  // REHEARSE_TESTS_NAMESPACES_NET_NAMESPACE_H_
