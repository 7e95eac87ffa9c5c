#include "rehearse/net/socket/node_sockets.h"

#include <stdexcept>

#include "absl/strings/str_cat.h"

namespace rehearse::net {

Sockets& SocketsOf(const Node& node) {
  Sockets* const sockets = node.Find<Sockets>();
  if (sockets == nullptr) {
    throw std::logic_error(absl::StrCat("node ", node.name(),
                                        " has no sockets: RunNode and sim::World provide them; "
                                        "elsewhere call node.Provide<net::Sockets>"));
  }
  return *sockets;
}

}  // namespace rehearse::net
