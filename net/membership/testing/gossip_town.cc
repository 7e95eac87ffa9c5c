#include "rehearse/net/membership/testing/gossip_town.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"

namespace rehearse::net {
namespace {

std::string AddressOf(size_t index) { return absl::StrCat("/sim/", GossipTown::NameOf(index)); }

size_t IndexOf(absl::string_view address) {
  size_t index = 0;
  REHEARSE_CHECK(absl::SimpleAtoi(address.substr(address.rfind('-') + 1), &index), address);
  return index;
}

}  // namespace

std::string GossipTown::NameOf(size_t index) { return absl::StrCat("node-", index); }

size_t GossipTown::Add() {
  houses_.emplace_back();
  Begin(houses_.size() - 1);
  return houses_.size() - 1;
}

void GossipTown::AddMany(size_t count) {
  for (size_t i = 0; i < count; ++i) Add();
}

void GossipTown::Begin(size_t index) {
  House& house = houses_[index];
  ++house.life;
  Member self{.name = NameOf(index), .address = AddressOf(index), .life = house.life};
  house.core = std::make_unique<MembershipCore>(std::move(self), options_.membership,
                                                random_.Split("node", index * 1000 + house.life),
                                                nullptr, now_);
  house.core->SetBootstrap({AddressOf(0), AddressOf(1)});
  Collect(index);
}

void GossipTown::Crash(size_t index) {
  houses_[index].core.reset();
  houses_[index].waiting.clear();
  houses_[index].paused = false;
  Unschedule(index);
}

void GossipTown::Pause(size_t index) {
  houses_[index].paused = true;
  Unschedule(index);
}

void GossipTown::Restart(size_t index) {
  if (!up(index)) Begin(index);
}

void GossipTown::Resume(size_t index) {
  House& house = houses_[index];
  house.paused = false;
  for (auto& deliver : std::exchange(house.waiting, {})) deliver();
  if (house.core != nullptr) Collect(index);
}

void GossipTown::Heal() {
  cut_.clear();
  options_.loss = Ratio::Never();
  for (size_t i = 0; i < houses_.size(); ++i) {
    if (houses_[i].paused) Resume(i);
    Restart(i);
  }
}

// What `index` has to send goes its way.
void GossipTown::Collect(size_t index) {
  MembershipCore& core = *houses_[index].core;
  for (GossipSend& send : core.TakeSends()) {
    if (send.link == 0 && send.address.empty()) continue;
    const size_t to = send.link != 0 ? send.link - 1 : IndexOf(send.address);
    if (to >= houses_.size() || cut_.contains({index, to}) || random_.Chance(options_.loss)) {
      continue;
    }
    std::string bytes;
    send.frame.AppendTo(bytes);
    const uint64_t life = houses_[to].life;
    const uint64_t link = send.link == 0 ? index + 1 : 0;
    const auto latency =
        absl::Nanoseconds(random_.Between(absl::ToInt64Nanoseconds(options_.latency_min),
                                          absl::ToInt64Nanoseconds(options_.latency_max)));
    events_.emplace(std::pair(now_ + latency, ++event_),
                    [this, index, to, life, link, bytes = std::move(bytes)] {
                      Deliver(index, to, life, link, bytes);
                    });
  }
  Unschedule(index);
  houses_[index].tick = core.next_tick();
  ticks_.insert({houses_[index].tick, index});
}

void GossipTown::Deliver(size_t from, size_t to, uint64_t life, uint64_t link,
                         const std::string& bytes) {
  House& house = houses_[to];
  if (house.core == nullptr || house.life != life) return;
  if (house.paused) {
    house.waiting.push_back([=, this] { Deliver(from, to, life, link, bytes); });
    return;
  }
  const absl::StatusOr<GossipFrame> frame = GossipFrame::Parse(bytes);
  REHEARSE_CHECK(frame.ok(), frame.status().ToString());
  house.core->OnFrame(NameOf(from), link, *frame, now_);
  Collect(to);
}

// The next thing that happens, a tick or a frame.
void GossipTown::Step() {
  if (!ticks_.empty() && ticks_.begin()->first < events_.begin()->first.first) {
    const auto [at, index] = *ticks_.begin();
    now_ = std::max(now_, at);
    houses_[index].core->Tick(now_);
    return Collect(index);
  }
  auto event = events_.extract(events_.begin());
  now_ = std::max(now_, event.key().first);
  event.mapped()();
}

void GossipTown::RunFor(absl::Duration length) {
  RunUntil([] { return false; }, length);
}

bool GossipTown::RunUntil(const std::function<bool()>& done, absl::Duration limit) {
  const Instant end = now_ + limit;
  events_.emplace(std::pair(end, ++event_), [] {});
  Instant look = now_;
  while (now_ < end) {
    if (now_ >= look) {
      if (done()) return true;
      look = now_ + absl::Milliseconds(10);
    }
    Step();
  }
  return done();
}

bool GossipTown::Agrees() const {
  return std::all_of(houses_.begin(), houses_.end(), [this](const House& house) {
    return house.core == nullptr || AgreesIn(*house.core);
  });
}

bool GossipTown::AgreesIn(const MembershipCore& core) const {
  size_t up = 0;
  for (size_t i = 0; i < houses_.size(); ++i) {
    if (houses_[i].core == nullptr || houses_[i].core->leaving()) continue;
    ++up;
    const KnownMember* const known = core.table().Find(NameOf(i));
    if (known == nullptr || known->member != houses_[i].core->self()) return false;
  }
  return core.leaving() || core.table().present() == up;
}

size_t GossipTown::Knowing(size_t index, MemberState state) const {
  size_t knowing = 0;
  for (const House& house : houses_) {
    if (house.core == nullptr) continue;
    const KnownMember* const known = house.core->table().Find(NameOf(index));
    if (known != nullptr && known->member.state == state) ++knowing;
  }
  return knowing;
}

uint64_t GossipTown::frames_sent() const {
  uint64_t sent = 0;
  for (const House& house : houses_) {
    if (house.core != nullptr) sent += house.core->counters().sent;
  }
  return sent;
}

}  // namespace rehearse::net
