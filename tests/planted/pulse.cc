// A sensor that sends each reading once, in a datagram, and a display that counts them and shows
// the newest. No pulse is counted twice, and the display never goes back.
//
//   no-dedupe    it counts whatever comes
//   no-sequence  it shows what came last

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/planted/given.h"

namespace rehearse::planted {
namespace {

constexpr uint16_t kPort = 9;
constexpr int kPulses = 600;
// Longer than links take by themselves, shorter than a detour takes.
constexpr absl::Duration kApart = absl::Milliseconds(15);

// Survives the display's crashes.
struct Display {
  std::set<int> seen;
  int counted = 0;
  int shown = -1;
};

void Show(Display& display, int pulse, const Given& given) {
  const bool is_new = display.seen.insert(pulse).second;
  if (is_new || given.Has("no-dedupe")) ++display.counted;
  REHEARSE_EXPECT(display.counted == static_cast<int>(display.seen.size()))
      << "pulse " << pulse << " was counted again";
  const int shown = given.Has("no-sequence") && is_new ? pulse : std::max(display.shown, pulse);
  REHEARSE_EXPECT(shown >= display.shown) << "the display went back to " << shown;
  display.shown = shown;
}

// Twice, so that a bit that is off shows.
std::string Encoded(int pulse) { return absl::StrCat(pulse, pulse); }

absl::optional<int> Decoded(const std::string& bytes) {
  int pulse = 0;
  if (!absl::SimpleAtoi(bytes.substr(0, bytes.size() / 2), &pulse)) return absl::nullopt;
  if (bytes != Encoded(pulse)) return absl::nullopt;
  return pulse;
}

Program DisplayProgram(sim::World& world, const Given& given) {
  return [&display = world.Shared<Display>(), given](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto socket, net::SocketsOf(node).Bind({"0.0.0.0", kPort}));
    while (true) {
      REHEARSE_ASSIGN_OR_RETURN(const auto datagram, socket->ReceiveFrom(Instant::Infinite()));
      if (const auto pulse = Decoded(datagram.bytes)) Show(display, *pulse, given);
    }
  };
}

Program SensorProgram(std::string ip) {
  return [ip](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto socket, net::SocketsOf(node).Bind({"0.0.0.0", 0}));
    for (int i = 0; i < kPulses; ++i) {
      socket->SendTo({ip, kPort}, Encoded(i)).IgnoreError();
      REHEARSE_RETURN_IF_ERROR(Sleep(kApart));
    }
    return absl::OkStatus();
  };
}

REHEARSE_TEST(Planted, Pulse) {
  const Given given = GivenTo(world);
  const sim::NodeHandle display = world.AddNode("server", DisplayProgram(world, given));
  world.AddNode("sensor", SensorProgram(display.ip()));
  world.Inject(
      sim::Swarm{.horizon = absl::Seconds(8), .victims = "server", .without = given.without});
  world.RunFor(absl::Seconds(30));
}

}  // namespace
}  // namespace rehearse::planted
