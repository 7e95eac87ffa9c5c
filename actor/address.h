// Refs as text, to be sent in messages of any schema, in a field that is a string.
//
//   reply.counter = AddressOf<CounterProtocol>(counter);                      // "#7@server-1/3"
//   absl::StatusOr<ActorRef<CounterProtocol>> counter = RefAt<CounterProtocol>(node,
//   reply.counter);
//
// An address names one actor, in one life of its node: later it is an error (kNotFound), and never
// another actor.

#ifndef REHEARSE_ACTOR_ADDRESS_H_
#define REHEARSE_ACTOR_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/internal/exports.h"
#include "rehearse/actor/node.h"

namespace rehearse {

namespace internal {

// What an address says.
struct ParsedAddress {
  std::string actor;  // "#7", or a name
  std::string node;
  uint64_t incarnation = 0;
};

//   kInvalidArgument  it is no address.
absl::StatusOr<ParsedAddress> ParseAddress(absl::string_view address);
std::string AddressOfCell(Cell& cell, const Export& protocol);
// The actor of this node with that number, that takes `method` as its protocol's first; an empty
// cell if there is none.
//   kNotFound  it is of another life of this node, or there is none.
absl::StatusOr<ResolvedName> ResolveAddress(Node& node, absl::string_view address,
                                            const RemoteMethod* methods);

}  // namespace internal

// The address of an actor of this node or another. From now on other nodes may send it the messages
// of P. Empty for a ref that names nobody. Any thread.
template <typename P, typename Ref>
std::string AddressOf(const Ref& ref) {
  const ActorRef<P> actor(ref);
  if (!actor) return {};
  return internal::AddressOfCell(*actor.cell(), internal::ExportOf<P>(actor));
}

// The actor at `address`, of this node or another; P as it was there.
//   kInvalidArgument  it is no address.
//   kNotFound         it is of this node, and has ended, or is of another life. Of another node's
//                     this shows when it is used.
template <typename P>
absl::StatusOr<ActorRef<P>> RefAt(Node& node, absl::string_view address) {
  static_assert(internal::kRemotable<P>, REHEARSE_NO_CODEC);
  if constexpr (internal::kRemotable<P>) {
    absl::StatusOr<internal::ResolvedName> resolved =
        internal::ResolveAddress(node, address, internal::RemoteMethods<P>::kMethods);
    if (!resolved.ok()) return resolved.status();
    return internal::RefOf<P>(*resolved);
  } else {
    return ActorRef<P>();
  }
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ADDRESS_H_
