// The seam that says where names are: who has which, in the whole cluster.
//
// A name is unique, and then one actor's, or shared, and then any number's. Engines stand behind it
// that differ in how they agree: on a list that everybody was given (net/registry/fixed_names.h),
// by a distributed hash table, by gossip.
//
// Nobody can promise that an owner knows at once that it is one no longer: it may be cut off, or
// asleep. So each owner of a unique name has a fencing token, a number that is greater for each
// later owner. What must not be used by two gives the token along, and what is used refuses
// whoever comes with a smaller one than it has seen.

#ifndef REHEARSE_ACTOR_NAMES_H_
#define REHEARSE_ACTOR_NAMES_H_

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/message_id.h"

namespace rehearse {

// Which messages an actor takes, as far as others need to know. Node makes it.
struct ProtocolId {
  MessageId id = {};          // of the set of its messages' ids; all zeros: nothing is said
  std::string messages = {};  // "Inc, Where": for people

  friend bool operator==(const ProtocolId& a, const ProtocolId& b) { return a.id == b.id; }
};

// Where an actor is that has a name. Totally ordered, so that all who sort have the same list.
struct Location {
  std::string node = {};     // empty: on the asking node itself
  uint64_t incarnation = 0;  // of the node: the actor is of this life of it; 0: of any
  std::string actor = {};    // "#7", or its name there
  uint64_t token = 0;        // of a unique name's owner; 0: shared, or the engine fences nobody
  ProtocolId protocol = {};

  friend bool operator==(const Location& a, const Location& b) { return (a <=> b) == 0; }
  friend std::strong_ordering operator<=>(const Location& a, const Location& b);
};

// What a node registers. An engine may follow `ref`, but keeps no ref: a name that others know is
// no reason for an actor to live.
struct NameEntry {
  std::string name = {};   // 1 to kNameBytesMax bytes, without @ and #
  AnyRef ref = {};         // an actor of this node: when it ends, so does its registration
  std::string actor = {};  // its address here, as others are told: "#7"
  ProtocolId protocol = {};
};

struct NameChange {
  enum class Kind : uint8_t { kUp, kDown };

  Kind kind = Kind::kUp;
  Location location;
};

// The changes of one name, from what it is when the watch begins. They are those between what was
// told last and what is known now: who reads slowly misses what was there for a moment only, and
// nothing piles up. An owner that has lost its name, without its doing, learns so here. One fiber
// at a time; its end is the watch's. It may outlive the Names.
class NameWatch {
 public:
  virtual ~NameWatch() = default;

  // The next change; parks until there is one, or `deadline` (the worker's timebase). First those
  // that are gone, in the order of locations, then those that came.
  //   kDeadlineExceeded  none until then.
  //   kUnavailable       the node shuts down: there will be none.
  //   kCancelled         the caller is being stopped.
  virtual absl::StatusOr<NameChange> Next(Instant deadline) = 0;
};

// A node's view of the cluster's names. Called on its fibers; may park. All may return kCancelled,
// when the caller is being stopped.
class Names {
 public:
  static constexpr size_t kNameBytesMax = 255;

  virtual ~Names() = default;

  // From now on, and until it is unregistered, ends, or its node does, the actor has this unique
  // name. If it was this node's before, its owner is now this one. Returns the fencing token.
  //   kAlreadyExists      another has the name.
  //   kUnavailable        too few others answer to know that. It is not registered; try again.
  //   kResourceExhausted  this node has as many names as one may.
  //   kInvalidArgument    it can't be a name.
  virtual absl::StatusOr<uint64_t> Register(const NameEntry& entry) = 0;

  // The same for a name that any number may have.
  //   kUnavailable  nobody else knows of it yet. It is registered all the same, and others will.
  //   kResourceExhausted, kInvalidArgument
  virtual absl::Status RegisterShared(const NameEntry& entry) = 0;

  // This actor of this node has the name no longer, unique or shared; an empty `actor`: none of
  // them has. Never waits: others learn of it soon.
  virtual void Unregister(absl::string_view name, absl::string_view actor) = 0;

  // Where `name` is: its owner, or one of those that share it.
  //   kNotFound         nobody has it.
  //   kUnavailable      too few others answer to know that.
  //   kInvalidArgument  it can't be a name.
  virtual absl::StatusOr<Location> Lookup(absl::string_view name) = 0;

  // Where all are that have it, unique or shared, in their order; empty if nobody has.
  //   kUnavailable, kInvalidArgument
  virtual absl::StatusOr<std::vector<Location>> LookupAll(absl::string_view name) = 0;

  // Follows `name`. Never waits.
  virtual std::unique_ptr<NameWatch> Watch(absl::string_view name) = 0;
};

inline std::strong_ordering operator<=>(const Location& a, const Location& b) {
  if (const auto order = a.node.compare(b.node) <=> 0; order != 0) return order;
  if (const auto order = a.incarnation <=> b.incarnation; order != 0) return order;
  if (const auto order = a.actor.compare(b.actor) <=> 0; order != 0) return order;
  if (const auto order = a.token <=> b.token; order != 0) return order;
  return a.protocol.id <=> b.protocol.id;
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_NAMES_H_
