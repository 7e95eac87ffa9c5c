// A bank that moves money from one account to another, in two steps: whatever becomes of the actor
// between them, no money is lost.
//
//   undo-in-catch    it takes the first step back where it catches an exception
//   swallowed-panic  it takes an exception for a small matter
//   hasty-rare-path  so it does a case that seldom comes

#include <cstdint>
#include <exception>

#include "absl/cleanup/cleanup.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/rare_paths.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/planted/given.h"

namespace rehearse::planted {
namespace {

constexpr int kMoney = 1000;

struct Accounts {
  int one = kMoney;
  int other = 0;
};

struct Move {};

class Teller : public Actor {
 public:
  Teller(Accounts* accounts, const Given* given) : accounts_(*accounts), given_(*given) {}

  void Handle(const Move&) {
    --accounts_.one;
    absl::Cleanup undo = [this] { ++accounts_.one; };
    if (REHEARSE_BUGGIFY()) {  // the other account is blocked just now
      if (given_.Has("hasty-rare-path")) std::move(undo).Cancel();
      return;
    }
    if (given_.Has("undo-in-catch")) {
      std::move(undo).Cancel();
      return MoveOrCatch();
    }
    try {
      Sleep(absl::Milliseconds(10)).IgnoreError();
    } catch (const std::exception&) {
      if (!given_.Has("swallowed-panic")) throw;
      std::move(undo).Cancel();
      return;
    }
    ++accounts_.other;
    std::move(undo).Cancel();
  }

 private:
  void MoveOrCatch() {
    try {
      Sleep(absl::Milliseconds(10)).IgnoreError();
    } catch (const std::exception&) {
      ++accounts_.one;
      throw;
    }
    ++accounts_.other;
  }

  Accounts& accounts_;
  const Given& given_;
};

Program BankProgram(const Given& given) {
  return [given](Node& node) -> absl::Status {
    Accounts accounts;
    ActorRef<Teller> teller = node.Spawn<Teller>(&accounts, &given);
    for (int i = 0; i < 400; ++i) {
      const absl::Status moved = teller.Ask(Move{});
      if (absl::IsCancelled(moved)) return moved;
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(50)));
      REHEARSE_EXPECT(accounts.one + accounts.other == kMoney)
          << accounts.one << " and " << accounts.other << " are left";
      if (!moved.ok()) teller = node.Spawn<Teller>(&accounts, &given);
    }
    return absl::OkStatus();
  };
}

REHEARSE_TEST(Planted, Bank) {
  const Given given = GivenTo(world);
  world.AddNode("server", BankProgram(given));
  world.Inject(sim::Swarm{
      .horizon = absl::Seconds(20), .victims = "server", .panics = true, .without = given.without});
  world.RunFor(absl::Minutes(1));
}

}  // namespace
}  // namespace rehearse::planted
