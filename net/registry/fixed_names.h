// Names that are told before the start: which node has which actor.
//
// The engine for a cluster whose services stay where they are put. The same code in both worlds;
// the engines that find names by themselves stand behind the same seam.

#ifndef REHEARSE_NET_REGISTRY_FIXED_NAMES_H_
#define REHEARSE_NET_REGISTRY_FIXED_NAMES_H_

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/names.h"

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

class FixedNames final : public Names {
 public:
  // `book` outlives it; `node` is the name of the node that asks.
  FixedNames(const NameBook& book, std::string node) : book_(book), node_(std::move(node)) {}

  // A name that is in no book is this node's own, and found by name@node only.
  //   kAlreadyExists  the book says that another node has it.
  absl::Status Register(absl::string_view name) override;
  void Unregister(absl::string_view) override {}

  //   kNotFound  nobody said where it is: say so (--where=NAME=NODE), or look up NAME@NODE.
  absl::StatusOr<Location> Lookup(absl::string_view name) override;

 private:
  const NameBook& book_;
  const std::string node_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_FIXED_NAMES_H_
