// Five nodes that all want one unique name, while they crash, stand still, are cut off, and their
// clocks drift. Whoever has it uses something that none but one may use, which asks for its token.
//
// Always: what is used is never used by two with one token, and by nobody with a smaller token than
// it has seen; whoever claims the name has a greater token than who claimed it before, as far as
// that one's claim had been seen. And when all is healed: all find the same owner, and it can use
// what it has the name for.

#ifndef REHEARSE_TESTS_NAMES_OWNERS_H_
#define REHEARSE_TESTS_NAMES_OWNERS_H_

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "tests/conformance/names.h"

namespace rehearse {

// Refuses whoever comes with a smaller token than it has seen.
class Guarded {
 public:
  bool Use(uint64_t token, const std::string& user) {
    const auto [at, first] = users_.try_emplace(token, user);
    REHEARSE_EXPECT_EQ(at->second, user) << "two have one token";
    REHEARSE_SOMETIMES(token < greatest_, "an owner that is one no longer is refused");
    if (token < greatest_) return false;
    REHEARSE_SOMETIMES(first && greatest_ != 0, "the name goes to another, or again to the same");
    greatest_ = token;
    ++uses_;
    return true;
  }

  uint64_t greatest() const { return greatest_; }
  int64_t uses() const { return uses_; }

 private:
  std::map<uint64_t, std::string> users_;
  uint64_t greatest_ = 0;
  int64_t uses_ = 0;
};

class OwnersWorld {
 public:
  using WhoProtocol = Protocol<std::string(names::Who)>;
  static constexpr int kNodes = 5;

  OwnersWorld(sim::World& world, const std::function<Program(Program)>& around) : world_(world) {
    nodes_ = world.AddNodes("node", kNodes,
                            around([this](Node& node) { return Compete(node); }));
  }

  void PlayUnderFaults(absl::Duration length) {
    world_.Inject(sim::Swarm{.horizon = length});
    world_.RunFor(length);
    world_.HealAndSettle(absl::Minutes(6), [this] { return AllAgree(); });
    REHEARSE_EXPECT(guarded_.uses() > 0);
  }

  Guarded& guarded() { return guarded_; }

 private:
  class Idle : public Actor {
   public:
    std::string Handle(const names::Who&) { return node().name(); }
  };
  struct View {
    std::string owner;
    uint64_t token = 0;
    friend bool operator==(const View&, const View&) = default;
  };

  static std::string LifeOf(const Node& node) {
    return absl::StrCat(node.name(), "/", node.incarnation());
  }

  // Claims the name when it is free, and uses what it guards as long as it has it.
  absl::Status Compete(Node& node) {
    Random chance = node.random("owners");
    const ActorRef<Idle> actor = node.Spawn<Idle>();
    bool has = false;
    while (true) {
      if (const absl::Status slept = Sleep(absl::Milliseconds(chance.Between(200, 3000)));
          !slept.ok()) {
        return slept;
      }
      const auto found = node.Lookup<WhoProtocol>("leader");
      if (absl::IsCancelled(found.status())) return found.status();
      views_[node.name()] = found.ok() ? View{found->node, found->token} : View{};
      has = found.ok() && found->node == node.name();
      if (has) guarded_.Use(found->token, LifeOf(node));
      if (has && chance.Below(20) == 0 && !world_quiet_) {
        node.Unregister("leader").IgnoreError();
      } else if (absl::IsNotFound(found.status())) {
        node.Unregister("leader").IgnoreError();  // what this node itself remembers
        uint64_t token = 0;
        const absl::Status claimed = node.Register<WhoProtocol>("leader", actor, &token);
        if (absl::IsCancelled(claimed)) return claimed;
        if (claimed.ok()) guarded_.Use(token, LifeOf(node));
      }
    }
  }

  bool AllAgree() {
    world_quiet_ = true;
    if (views_.size() != kNodes) return false;
    const View& first = views_.begin()->second;
    if (first.owner.empty() || first.token < guarded_.greatest()) return false;
    for (const auto& [node, view] : views_) {
      if (view != first) return false;
    }
    return first.token == guarded_.greatest();
  }

  sim::World& world_;
  sim::NodeGroup nodes_;
  Guarded guarded_;
  std::map<std::string, View> views_;  // by node, its latest
  bool world_quiet_ = false;
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_NAMES_OWNERS_H_
