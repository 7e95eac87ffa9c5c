// Refs as fields of messages: what generated code calls. On the wire a ref is an actor's address
// (address.h), and where it arrives it is a ref that works like any other.

#ifndef REHEARSE_ACTOR_REF_FIELD_H_
#define REHEARSE_ACTOR_REF_FIELD_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/address.h"

namespace rehearse::internal {

// Whom `address` names for the node whose fiber calls. An actor of that node that has ended, or is
// of another life, is one that nobody reaches: what is sent to it is refused with kNotFound. Null,
// or what is wrong with the address or the caller.
const char* ResolveRefField(absl::string_view address, const RemoteMethod* methods,
                            ResolvedName& resolved);

template <typename P>
std::string RefText(const ActorRef<P>& ref) {
  return AddressOf<P>(ref);
}
template <typename P>
std::vector<std::string> RefTexts(const std::vector<ActorRef<P>>& refs) {
  std::vector<std::string> texts;
  for (const ActorRef<P>& ref : refs) texts.push_back(RefText<P>(ref));
  return texts;
}

template <typename P>
const char* ReadRef(absl::string_view address, ActorRef<P>& ref) {
  if (address.empty()) return nullptr;  // one in a vector that names nobody
  ResolvedName resolved;
  const char* const wrong = ResolveRefField(address, RemoteMethods<P>::kMethods, resolved);
  if (wrong != nullptr) return wrong;
  absl::StatusOr<ActorRef<P>> found = RefOf<P>(resolved);
  if (!found.ok()) return "a ref of an actor of this node that has another protocol";
  ref = *std::move(found);
  return nullptr;
}

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_REF_FIELD_H_
