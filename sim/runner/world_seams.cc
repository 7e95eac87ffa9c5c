#include "rehearse/sim/runner/world_seams.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/worker.h"
#include "rehearse/sim/world/sim_clock.h"

namespace rehearse::sim {
namespace {

// Whether the caller is an actor or a program, rather than the test's body or the world itself.
bool IsOnNode() {
  Worker* const worker = CurrentWorker();
  return worker != nullptr && worker->current().strand() != nullptr;
}

}  // namespace

WorldSeams::WorldSeams(World& world)
    : world_(world), outer_(SetHermetic(this)), entropy_(world.random("entropy")) {}

WorldSeams::~WorldSeams() { SetHermetic(outer_); }

int64_t WorldSeams::BootNanos() {
  return (IsOnNode() ? CurrentNode().clock().Now() : world_.now()).nanos();
}

// The bits above fifty virtual days are the node's number.
uint64_t WorldSeams::Cycles() {
  constexpr int kNodeShift = 52;
  const uint64_t node = IsOnNode() ? CurrentNode().id().value : 0;
  return (node << kNodeShift) + static_cast<uint64_t>(BootNanos());
}

int64_t WorldSeams::WallNanos() {
  const absl::Time of_world = Epoch() + (world_.now() - Instant());
  return absl::ToUnixNanos(IsOnNode() ? CurrentNode().clock().WallTime().value_or(of_world)
                                      : of_world);
}

void WorldSeams::SleepFor(int64_t nanos) {
  if (IsOnNode()) {
    // Cut short if the actor is being stopped, as by a signal.
    Sleep(absl::Nanoseconds(nanos)).IgnoreError();
  } else {
    world_.RunFor(absl::Nanoseconds(nanos));
  }
}

Random& WorldSeams::entropy() {
  if (!IsOnNode()) return entropy_;
  const uint32_t node = CurrentNode().id().value;
  const auto found = entropy_of_.find(node);
  if (found != entropy_of_.end()) return found->second;
  return entropy_of_.emplace(node, world_.random(absl::StrCat("entropy of node ", node)))
      .first->second;
}

void WorldSeams::RandomBytes(void* out, size_t bytes) {
  Random& entropy = this->entropy();
  auto* at = static_cast<unsigned char*>(out);
  for (size_t left = bytes; left > 0;) {
    const uint64_t drawn = entropy.Next();
    const size_t now = std::min(left, sizeof drawn);
    std::memcpy(at, &drawn, now);
    at += now;
    left -= now;
  }
}

// A node is a machine with one process; the test's body is another.
std::string WorldSeams::HostName() { return IsOnNode() ? CurrentNode().name() : "rehearsal"; }

int32_t WorldSeams::ProcessId() {
  constexpr int32_t kFirst = 1000;
  if (!IsOnNode()) return kFirst;
  const Node& node = CurrentNode();
  return kFirst * static_cast<int32_t>(node.id().value + 1) +
         static_cast<int32_t>(node.incarnation() % kFirst);
}

void WorldSeams::Refused(const char* what, const std::string& caller) {
  world_.Fail(Verdict::kSafety,
              absl::StrCat(what, " was called by ", caller,
                           ": a run has no threads, sockets, names and files of the host but those "
                           "it reads; spawn an actor, or go through the node's network and files"));
}

}  // namespace rehearse::sim
