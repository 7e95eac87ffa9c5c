// What the process tells the service manager that started it.
//
// The protocol is sd_notify(3)'s: datagrams of NAME=VALUE lines to the socket that the environment
// names. Without one nobody listens, and nothing is sent.

#ifndef REHEARSE_NET_NODE_SERVICE_MANAGER_H_
#define REHEARSE_NET_NODE_SERVICE_MANAGER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rehearse::net {

class ServiceManager {
 public:
  // The one of the environment: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  static ServiceManager OfEnvironment();

  // `socket`: a path, or @name in the abstract namespace; empty: nobody listens.
  explicit ServiceManager(std::string socket, absl::Duration watchdog = absl::InfiniteDuration())
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  // How long it waits for a sign of life before it restarts the process; infinite: for ever.
  absl::Duration watchdog() const { return watchdog_; }

  // Any thread. They never block. An error says why the manager was not told.
  absl::Status Ready() const { return Notify("READY=1"); }
  absl::Status Stopping() const { return Notify("STOPPING=1"); }
  absl::Status Alive() const { return Notify("WATCHDOG=1"); }
  absl::Status Notify(absl::string_view lines) const;

 private:
  std::string socket_;
  absl::Duration watchdog_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_SERVICE_MANAGER_H_
