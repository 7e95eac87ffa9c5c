// The sockets of a node, for programs with a protocol of their own.
//
//   auto listener = net::SocketsOf(node).Listen({"0.0.0.0", 8020});
//
// The same program talks over the host's TCP, UDP and Unix sockets where RunNode runs it, and over
// simulated links in sim::World.

#ifndef REHEARSE_NET_SOCKET_NODE_SOCKETS_H_
#define REHEARSE_NET_SOCKET_NODE_SOCKETS_H_

#include "rehearse/actor/node.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// For the node's programs and actors, on its fibers; deadlines are node.DeadlineIn(length). What is
// opened there is closed by its destructor, with the actor that has it. Throws std::logic_error if
// nobody provided sockets: a node in a unit test has none unless it is given some, by
// node.Provide<net::Sockets>(sockets).
Sockets& SocketsOf(const Node& node);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_NODE_SOCKETS_H_
