// Names that are told before the start: which node has which actor.
//
// The engine for a cluster whose services stay where they are put. The same code in both worlds;
// the engines that find names by themselves stand behind the same seam.

#ifndef REHEARSE_NET_REGISTRY_FIXED_NAMES_H_
#define REHEARSE_NET_REGISTRY_FIXED_NAMES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/internal/weak_cell.h"
#include "rehearse/actor/names.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/registry/name_watches.h"

namespace rehearse::net {

// Filled before the nodes start, read on their fibers.
class NameBook {
 public:
  // The actor called `name` is on `node`. False if it was said to be on another.
  bool Add(absl::string_view name, absl::string_view node);

  // The node; empty if nobody said.
  std::string NodeOf(absl::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> nodes_;
};

// Of a name that is in no book, unique or shared, each node knows its own owners alone. Nobody is
// fenced: whose a name is was said before the start.
class FixedNames final : public Names {
 public:
  // `book` outlives it; `node` is the name of the node that asks.
  FixedNames(const NameBook& book, std::string node) : book_(book), node_(std::move(node)) {}

  // A name that is in no book is this node's own, and found by name@node only.
  //   kAlreadyExists  the book says that another node has it.
  absl::StatusOr<uint64_t> Register(const NameEntry& entry) override;
  // The same, for this node's actors to share.
  //   kAlreadyExists  as Register
  absl::Status RegisterShared(const NameEntry& entry) override;
  void Unregister(absl::string_view name, absl::string_view actor) override;

  //   kNotFound  nobody said where it is: say so (--where=NAME=NODE), or look up NAME@NODE.
  absl::StatusOr<Location> Lookup(absl::string_view name) override;
  absl::StatusOr<std::vector<Location>> LookupAll(absl::string_view name) override;
  std::unique_ptr<NameWatch> Watch(absl::string_view name) override;

 private:
  struct Own {
    internal::WeakCell cell;
    std::string actor;
    ProtocolId protocol;
  };

  static Own OwnOf(const NameEntry& entry);
  static bool IsAlive(const Own& own) {
    return own.cell.get()->phase() != internal::Cell::Phase::kEnded;
  }
  absl::Status CheckIsOurs(absl::string_view name) const;
  // What this node knows of the name.
  std::vector<Location> Known(absl::string_view name);
  void TellWatches(absl::string_view name);

  const NameBook& book_;
  const std::string node_;
  NameWatches watches_;
  SpinLock lock_;  // of what follows
  // Those of this node, by name; those that have ended stay until the name is used again.
  std::map<std::string, std::vector<Own>, std::less<>> own_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_FIXED_NAMES_H_
