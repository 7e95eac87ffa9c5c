#include "rehearse/actor/ref_field.h"

#include <utility>

#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/strand.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::internal {
namespace {

// No actor, and no node, has a longer name.
constexpr size_t kAddressBytesMax = 4096;

// Whose fiber calls; null if it is no node's.
Node* NodeHere() {
  Worker* const worker = CurrentWorker();
  Strand* const strand = worker == nullptr ? nullptr : worker->current().strand();
  return strand == nullptr ? nullptr : dynamic_cast<Node*>(&strand->domain());
}

}  // namespace

const char* ResolveRefField(absl::string_view address, const RemoteMethod* methods,
                            ResolvedName& resolved) {
  Node* const node = NodeHere();
  if (node == nullptr) return "a ref, which is read on fibers of a node only";
  if (address.size() > kAddressBytesMax) return "a ref that is too long";
  const absl::StatusOr<ParsedAddress> parsed = ParseAddress(address);
  if (!parsed.ok()) return "a ref that is no actor's address";
  absl::StatusOr<ResolvedName> found = ResolveAddress(*node, address, methods);
  // One that is no more has a stand-in here like those elsewhere, which leads nowhere.
  resolved =
      found.ok()
          ? *std::move(found)
          : ResolvedName{{}, node->StandInFor(parsed->node, parsed->actor, parsed->incarnation)};
  return nullptr;
}

}  // namespace rehearse::internal
