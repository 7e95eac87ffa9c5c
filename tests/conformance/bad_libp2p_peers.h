// Bad peers of a SecureTcpNetwork, of all kinds that we know: what each does, which counter it
// moves, and what the log says of it.

#ifndef REHEARSE_TESTS_CONFORMANCE_BAD_LIBP2P_PEERS_H_
#define REHEARSE_TESTS_CONFORMANCE_BAD_LIBP2P_PEERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/tls/testing/bad_tls_keys.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/tcp/tcp_options.h"
#include "rehearse/tests/conformance/bad_peer.h"

namespace rehearse::net {

struct BadLibp2pPeer {
  std::string name;
  MakeBadPeer make;
  uint64_t TcpCounters::*counter;  // null: it does nothing that is worth one
  std::string logged;              // words of the log's line
};

// What they share, and keep for as long as any of them lives. For one thread.
class BadLibp2pPeers {
 public:
  // Their certificates are good, or bad, as of `now`.
  explicit BadLibp2pPeers(absl::Time now);

  const std::vector<BadLibp2pPeer>& kinds() const { return kinds_; }

 private:
  void AddStrangers();
  void AddTls(absl::Time now);
  void AddNoise();
  void AddMuxed();

  SeededEntropy entropy_{7};
  const Identity identity_ = Identity::Generate(entropy_);
  const std::unique_ptr<TlsKeys> good_keys_;
  std::vector<std::unique_ptr<TlsKeys>> bad_keys_;
  std::vector<BadLibp2pPeer> kinds_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_BAD_LIBP2P_PEERS_H_
