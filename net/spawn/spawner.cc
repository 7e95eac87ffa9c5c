#include "rehearse/net/spawn/spawner.h"

#include <vector>

#include "rehearse/actor/actor.h"

namespace rehearse::net {
namespace {

constexpr char kName[] = "spawner";

class Spawner : public Actor {
 public:
  Spawner(SpawnTypes types, const SpawnLimits& limits)
      : types_(std::move(types)), limits_(limits) {}

  absl::StatusOr<Spawned> Handle(const SpawnRequest& request) {
    const SpawnTypes::Make* const make = types_.Find(request.type);
    if (make == nullptr) {
      return absl::NotFoundError(absl::StrCat("node ", node().name(), " starts no actor of type \"",
                                              request.type.substr(0, kTypeBytesMax), "\""));
    }
    std::erase_if(alive_, [](const AnyRef& actor) { return !actor.alive(); });
    if (alive_.size() >= limits_.alive_max) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "node ", node().name(), " has started ", alive_.size(), " actors for others already"));
    }
    absl::StatusOr<SpawnedHere> spawned = (*make)(node(), request.arguments);
    if (!spawned.ok()) return spawned.status();
    alive_.push_back(std::move(spawned->actor));
    return Spawned{.address = std::move(spawned->address)};
  }

 private:
  static constexpr size_t kTypeBytesMax = 200;  // of one that is unknown, in the error

  const SpawnTypes types_;
  const SpawnLimits limits_;
  std::vector<AnyRef> alive_;
};

}  // namespace

absl::Status ServeSpawns(Node& node, SpawnTypes types, const SpawnLimits& limits) {
  return node.Register<SpawnerProtocol>(kName, node.Spawn<Spawner>(std::move(types), limits));
}

absl::StatusOr<std::string> SpawnAddressAt(Node& node, absl::string_view at, SpawnRequest request,
                                           absl::Duration timeout) {
  const auto spawner = node.Named<SpawnerProtocol>(absl::StrCat(kName, "@", at));
  if (!spawner.ok()) return spawner.status();
  absl::StatusOr<Spawned> spawned = spawner->Ask(std::move(request), {.reply_timeout = timeout});
  if (!spawned.ok()) return spawned.status();
  return std::move(spawned->address);
}

}  // namespace rehearse::net
