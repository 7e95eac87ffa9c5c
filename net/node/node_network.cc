#include "rehearse/net/node/node_network.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"
#include "rehearse/net/node/host_clock.h"
#include "rehearse/net/node/identity_file.h"
#include "rehearse/net/tcp/tcp_network.h"

namespace rehearse::net {
namespace {

std::string IdentityPath(const NodeFlags& flags) {
  if (!flags.identity.empty() || flags.state_dir.empty()) return flags.identity;
  return absl::StrCat(flags.state_dir, "/identity.key");
}

absl::StatusOr<Identity> FindIdentity(const NodeFlags& flags, Entropy& entropy) {
  const std::string path = IdentityPath(flags);
  if (path.empty()) return Identity::Generate(entropy);
  return ReadOrMakeIdentityFile(path, entropy);
}

}  // namespace

absl::StatusOr<std::unique_ptr<NodeIdentity>> NodeIdentity::Make(const NodeFlags& flags) {
  std::unique_ptr<NodeIdentity> made;
  if (flags.security == NodeFlags::Security::kNone) return made;
  made.reset(new NodeIdentity());
  REHEARSE_ASSIGN_OR_RETURN(Identity identity, FindIdentity(flags, made->entropy_));
  made->identity_ = std::make_unique<const Identity>(std::move(identity));
  if (flags.security == NodeFlags::Security::kNoise) return made;
  REHEARSE_ASSIGN_OR_RETURN(made->tls_,
                            TlsKeys::Make(*made->identity_, made->entropy_, HostWallTime()));
  return made;
}

std::unique_ptr<Network> MakeNetwork(const NodeFlags& flags, Sockets& sockets, Node& node,
                                     NodeIdentity* identity) {
  if (identity == nullptr) return std::make_unique<TcpNetwork>(sockets, node);
  SecureTcpOptions options;
  if (flags.security == NodeFlags::Security::kTls) options.securities = {"/tls/1.0.0"};
  if (flags.security == NodeFlags::Security::kNoise) options.securities = {"/noise"};
  return std::make_unique<SecureTcpNetwork>(
      sockets, node,
      SecureIdentity{
          .identity = identity->identity(), .entropy = identity->entropy(), .tls = identity->tls()},
      options);
}

}  // namespace rehearse::net
