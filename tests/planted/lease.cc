// A server that leases one thing to one client at a time, and clients that use it for as long as
// their lease goes on: no two at once.
//
//   no-check-after-nap  a client looks at its lease, naps, and uses the thing
//   no-drift-margin     it believes that its clock runs as the server's does
//   by-calendar         it tells the time by the calendar
//   from-grant          it counts from when the lease came, and not from when it asked

#include <cstdint>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/planted/given.h"
#include "tests/scenario/counter.h"

namespace rehearse::planted {
namespace {

constexpr absl::Duration kLease = absl::Seconds(2);
// What a client makes of it: the clocks may differ by a tenth each way.
constexpr absl::Duration kCautious = absl::Milliseconds(1700);
constexpr absl::Duration kNap = absl::Milliseconds(20);

// The number of the present lease, which the server alone sets.
struct Present {
  int64_t lease = 0;
};

class Lessor : public Actor {
 public:
  explicit Lessor(Present* present) : present_(*present) {}

  // The lease's number, or 0: it is out.
  int64_t Handle(const counter::Get&) {
    const Instant now = node().clock().Now();
    if (now < ends_) return 0;
    ends_ = now + kLease;
    return ++present_.lease;
  }

 private:
  Present& present_;
  Instant ends_;
};

using LessorProtocol = Protocol<int64_t(counter::Get)>;

// A lease as its client sees it.
class Held {
 public:
  Held(Node& node, const Given& given)
      : node_(node), given_(given), since_(node.clock().Now()), day_(Calendar()) {}

  // It has come.
  void Granted() {
    if (given_.Has("from-grant")) since_ = node_.clock().Now();
  }
  bool GoesOn() const {
    const absl::Duration length = given_.Has("no-drift-margin") ? kLease : kCautious;
    if (given_.Has("by-calendar")) return Calendar() - day_ < length;
    return node_.clock().Now() - since_ < length;
  }

 private:
  absl::Time Calendar() const { return *node_.clock().WallTime(); }

  Node& node_;
  const Given& given_;
  Instant since_;
  const absl::Time day_;
};

void Use(int64_t lease, const Present& present) {
  REHEARSE_EXPECT(lease == present.lease)
      << "lease " << lease << " is used while " << present.lease << " is out";
}

absl::Status UseWhileHeld(const Held& held, int64_t lease, const Present& present,
                          const Given& given) {
  while (held.GoesOn()) {
    if (given.Has("no-check-after-nap")) REHEARSE_RETURN_IF_ERROR(Sleep(kNap));
    Use(lease, present);
    if (!given.Has("no-check-after-nap")) REHEARSE_RETURN_IF_ERROR(Sleep(kNap));
  }
  return absl::OkStatus();
}

Program ClientProgram(sim::World& world, const Given& given) {
  return [&present = world.Shared<Present>(), given](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(auto lessor, node.Named<LessorProtocol>("lessor@lessor"));
    while (true) {
      Held held(node, given);
      const auto lease = lessor.Ask(counter::Get{}, {.reply_timeout = absl::Seconds(10)});
      held.Granted();
      if (lease.ok() && *lease != 0) {
        REHEARSE_RETURN_IF_ERROR(UseWhileHeld(held, *lease, present, given));
      }
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(50)));
    }
  };
}

REHEARSE_TEST(Planted, Lease) {
  const Given given = GivenTo(world);
  Present& present = world.Shared<Present>();
  world.AddNode("lessor", [&present](Node& node) {
    return node.Register<LessorProtocol>("lessor", node.Spawn<Lessor>(&present));
  });
  world.AddNodes("client", 2, ClientProgram(world, given));
  world.Inject(
      sim::Swarm{.horizon = absl::Seconds(20), .victims = "client", .without = given.without});
  world.RunFor(absl::Seconds(40));
}

}  // namespace
}  // namespace rehearse::planted
