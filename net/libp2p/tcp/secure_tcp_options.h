// What a SecureTcpNetwork is given.

#ifndef REHEARSE_NET_LIBP2P_TCP_SECURE_TCP_OPTIONS_H_
#define REHEARSE_NET_LIBP2P_TCP_SECURE_TCP_OPTIONS_H_

#include <memory>
#include <string>
#include <vector>

#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"
#include "rehearse/net/libp2p/tcp/muxed_connection.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/libp2p/unread_budget.h"
#include "rehearse/net/tcp/tcp_options.h"

namespace rehearse::net {

// Who the node is. All outlive the network.
struct SecureIdentity {
  const Identity& identity;
  Entropy& entropy;
  const TlsKeys* tls = nullptr;  // null: Noise is offered alone
};

struct SecureTcpOptions {
  // Of streams, except: handshake_timeout is for connections, too.
  TcpOptions tcp;
  MuxedOptions muxed;
  // What all connections may hold unread; null: a budget of the network's own. Networks of one node
  // may share one.
  std::shared_ptr<UnreadBudget> unread = nullptr;
  // Which connections may come in, and with whom.
  AdmissionOptions admission;
  // The best first.
  std::vector<std::string> securities = {"/tls/1.0.0", "/noise"};
  // What is served besides frames, pings and identify.
  StreamHandlers protocols;
  std::string protocol_version = "rehearse/1.0.0";
  std::string agent_version = "rehearse/1";
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_SECURE_TCP_OPTIONS_H_
