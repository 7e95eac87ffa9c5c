// A local network of hosts on this machine: a namespace each, and a switch between them.

#ifndef REHEARSE_TESTS_NAMESPACES_LAN_H_
#define REHEARSE_TESTS_NAMESPACES_LAN_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rehearse/tests/integration/child_process.h"
#include "rehearse/tests/namespaces/frame_switch.h"
#include "rehearse/tests/namespaces/net_namespace.h"

namespace rehearse {

// Gone, with all of its interfaces, when this is and the processes on it are; those end with the
// thread that started them, however it ends.
class Lan {
 public:
  // After MoveIntoOwnNamespace.
  static absl::StatusOr<std::unique_ptr<Lan>> Make(size_t hosts, uint64_t seed);

  // Of host 0 and so on.
  std::string ip(size_t host) const;
  size_t size() const { return hosts_.size(); }

  const NetNamespace& place(size_t host) const { return hosts_[host]; }

  std::unique_ptr<ChildProcess> Start(size_t host, const std::vector<std::string>& arguments) const;

  FrameSwitch& cables() { return *switch_; }

 private:
  Lan() = default;

  std::vector<NetNamespace> hosts_;
  std::unique_ptr<FrameSwitch> switch_;
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_NAMESPACES_LAN_H_
