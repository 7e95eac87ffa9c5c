// Names for the actors of one node, whatever their class.
//
//   auto registry = node.Spawn<LocalRegistry>();
//   absl::Status status = RegisterLocal(registry, "counter", counter);
//   absl::StatusOr<ActorRef<Counter>> found = LookUpLocal<Counter>(registry, "counter");
//
// A name keeps nobody alive, and ends with its actor. For names that other nodes know, see
// Node::Register.

#ifndef REHEARSE_ACTOR_PATTERNS_LOCAL_REGISTRY_H_
#define REHEARSE_ACTOR_PATTERNS_LOCAL_REGISTRY_H_

#include <any>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/type_name.h"
#include "rehearse/actor/weak_ref.h"

namespace rehearse {

class LocalRegistry;

// A weak ref whose class is known to who asks for it. T is a class or a Protocol.
class LocalEntry {
 public:
  LocalEntry() = default;
  template <typename T>
  explicit LocalEntry(const ActorRef<T>& ref)
      : type_(TypeName<T>()),
        weak_(ref.cell() ? WeakRef<Actor>(ActorRef<Actor>(ref.cell())) : WeakRef<Actor>()),
        typed_(WeakRef<T>(ref)) {}

  // Empty if the actor has ended, or is none of this node.
  ActorRef<Actor> Upgrade() const { return weak_.Upgrade(); }
  // The same as a T.
  //   kNotFound            it has ended.
  //   kFailedPrecondition  it was registered as something else.
  template <typename T>
  absl::StatusOr<ActorRef<T>> As() const {
    const WeakRef<T>* const typed = std::any_cast<WeakRef<T>>(&typed_);
    if (typed == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat("it was registered as ", type_, ", not as ", TypeName<T>()));
    }
    ActorRef<T> ref = typed->Upgrade();
    if (!ref) return absl::NotFoundError("the actor has ended");
    return ref;
  }

 private:
  absl::string_view type_;
  WeakRef<Actor> weak_;
  std::any typed_;  // WeakRef<T>
};

// --- Its messages. RegisterLocal and LookUpLocal below are the typed way to the first two.

struct RegisterEntry {
  std::string name;
  LocalEntry entry;
};
struct LookUpEntry {
  std::string name;
};
// Answered with whether there was such a name.
struct UnregisterLocal {
  std::string name;
};
// Answered with all names, sorted.
struct ListLocalNames {};

class LocalRegistry final : public Actor {
 public:
  void Handle(RegisterEntry message, Reply<absl::Status> reply);
  void Handle(const LookUpEntry& message, Reply<absl::StatusOr<LocalEntry>> reply);
  bool Handle(const UnregisterLocal& message);
  std::vector<std::string> Handle(const ListLocalNames&);
  void Handle(const Down& down);

 private:
  struct Named {
    LocalEntry entry;
    uint64_t monitor = 0;
  };

  absl::Status Register(RegisterEntry message);

  std::map<std::string, Named> names_;
};

// Gives `ref`'s actor a name, until it ends. An actor may have several. Parks the caller.
//   kAlreadyExists    another living actor has the name.
//   kNotFound         the actor has ended; or the registry has, and the error is the framework's.
//   kInvalidArgument  the name is empty, or `ref` names no actor of this node.
template <typename T>
absl::Status RegisterLocal(const ActorRef<LocalRegistry>& registry, absl::string_view name,
                           const ActorRef<T>& ref) {
  if (!ref.cell()) {
    return absl::InvalidArgumentError(
        absl::StrCat("register \"", name, "\": the ref names no actor of this node"));
  }
  return registry.Ask(RegisterEntry{std::string(name), LocalEntry(ref)});
}

// The actor that has the name. T is what it was registered as. Parks the caller.
//   kNotFound            nobody has the name.
//   kFailedPrecondition  who has it was registered as something else.
template <typename T>
absl::StatusOr<ActorRef<T>> LookUpLocal(const ActorRef<LocalRegistry>& registry,
                                        absl::string_view name) {
  absl::StatusOr<LocalEntry> entry = registry.Ask(LookUpEntry{std::string(name)});
  if (!entry.ok()) return entry.status();
  absl::StatusOr<ActorRef<T>> ref = entry->As<T>();
  if (ref.ok()) return ref;
  return absl::Status(ref.status().code(),
                      absl::StrCat("look up \"", name, "\": ", ref.status().message()));
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_LOCAL_REGISTRY_H_
