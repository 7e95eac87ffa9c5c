#include "examples/chat/guest.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"

namespace examples::chat {
namespace {

using rehearse::ActorRef;
using rehearse::Instant;
using rehearse::NameChange;

// Who has not said his name after so many greetings goes by that of his node.
constexpr int kGreetingsMax = 20;
constexpr absl::Duration kGreetingPatience = absl::Seconds(3);
constexpr absl::Duration kGreetedAgainAfter = absl::Seconds(1);

std::string NameOf(const std::string& room) { return absl::StrCat("room/", room); }

struct Look {};

// Watches the room's name for a guest, and greets who comes: the guest itself must not wait for one
// who may be waiting for it. A greeting also makes the connection over which they will talk.
class Doorkeeper : public rehearse::Actor {
 public:
  Doorkeeper(ActorRef<Guest> guest, const std::string& room)
      : guest_(std::move(guest)), name_(NameOf(room)), watch_(node().names()->Watch(name_)) {}
  absl::Status OnStart() override { return Self(this).Tell(Look()).status(); }

  void Handle(const Look&) {
    absl::StatusOr<NameChange> change = watch_->Next(Instant::Infinite());
    if (!change.ok()) return;  // the node ends
    if (change->kind == NameChange::Kind::kUp) {
      Greet(change->location);
    } else {
      (void)guest_.Tell(Went{change->location});
    }
    (void)Self(this).Tell(Look());
  }

 private:
  void Greet(const rehearse::Location& where) {
    const auto found = node().FoundAt<GuestProtocol>(name_, where);
    if (!found.ok() || found->ref == guest_) return;
    auto nick = found->ref.Ask(Who(), {.reply_timeout = kGreetingPatience});
    for (int i = 1; !nick.ok() && i < kGreetingsMax; ++i) {
      // He that is gone for good is heard of next.
      if (absl::IsNotFound(nick.status()) || !rehearse::Sleep(kGreetedAgainAfter).ok()) break;
      nick = found->ref.Ask(Who(), {.reply_timeout = kGreetingPatience});
    }
    (void)guest_.Tell(Came{where, nick.ok() ? *nick : where.node, found->ref});
  }

  const ActorRef<Guest> guest_;
  const std::string name_;
  const std::unique_ptr<rehearse::NameWatch> watch_;
};

}  // namespace

Guest::Guest(std::string room, std::string nick, Screen& screen)
    : room_(std::move(room)), nick_(std::move(nick)), screen_(screen) {}

absl::Status Guest::OnStart() {
  const absl::Status status = node().RegisterShared<GuestProtocol>(NameOf(room_), Self(this));
  if (!status.ok() && !absl::IsUnavailable(status)) return status;  // the first one is alone
  rehearse::SpawnChild<Doorkeeper>(Self(this), room_);
  return absl::OkStatus();
}

int64_t Guest::Handle(const Say& say) {
  const Said said{.from = nick_, .text = say.text};
  return std::count_if(others_.begin(), others_.end(), [&](const auto& other) {
    rehearse::SendResult sent = other.second.ref.TryTell(said);
    // A line before this one may be lost; this one need not be.
    if (sent.code() == absl::StatusCode::kDataLoss) sent = other.second.ref.TryTell(said);
    return sent.ok();
  });
}

std::vector<std::string> Guest::Handle(const GetPresent&) {
  std::vector<std::string> nicks;
  for (const auto& [where, other] : others_) nicks.push_back(other.nick);
  std::sort(nicks.begin(), nicks.end());
  return nicks;
}

void Guest::Handle(const Came& came) {
  others_[came.where] = {came.nick, came.ref};
  screen_.Entered(room_, came.nick);
}

void Guest::Handle(const Went& went) {
  const auto other = others_.find(went.where);
  if (other == others_.end()) return;
  screen_.Left(room_, other->second.nick);
  others_.erase(other);
}

}  // namespace examples::chat
