// A Network on stream sockets: the host's, or simulated ones.
//
// The protocol on a connection. Both sides say "rehearse/1\n" first; then each sends frames (see
// net/codec/frame.h). There is no encryption, no authentication and no farewell: the end of a
// direction is the end of the stream.
//
// Peers are not trusted. A stranger, a silent one, one who announces too long a frame or stops
// within one, and those beyond the limit are closed, counted, and told about in the node's log.

#ifndef REHEARSE_NET_TCP_TCP_NETWORK_H_
#define REHEARSE_NET_TCP_TCP_NETWORK_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/network.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/tcp_options.h"

namespace rehearse::net {

class TcpContext;

class TcpNetwork final : public Network {
 public:
  // It works on fibers of `node`, which belong to no actor. Both outlive them: before they go,
  // close listeners and streams and call AwaitFibers, unless the workers' loops have ended for
  // good.
  TcpNetwork(Sockets& sockets, Node& node, const TcpOptions& options = {});
  ~TcpNetwork() override;

  absl::StatusOr<std::unique_ptr<Listener>> Listen(absl::string_view address) override;
  absl::StatusOr<std::unique_ptr<Stream>> Dial(absl::string_view address,
                                               Instant deadline) override;

  // Parks until the last fiber that works for the network has ended: listeners end at once, closed
  // streams when all is sent or after TcpOptions::linger_timeout.
  //   kDeadlineExceeded, kCancelled
  absl::Status AwaitFibers(Instant deadline);

  // Any thread.
  TcpCounters counters() const;

 private:
  const std::shared_ptr<TcpContext> context_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_TCP_NETWORK_H_
