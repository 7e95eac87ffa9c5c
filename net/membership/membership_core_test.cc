#include "rehearse/net/membership/membership_core.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rehearse/net/membership/rumours.h"
#include "rehearse/net/membership/testing/gossip_town.h"

namespace rehearse::net {
namespace {

MemberWord WordOf(const std::string& name, uint64_t incarnation,
                  MemberState state = MemberState::kAlive, uint64_t life = 1) {
  return {.name = name,
          .address = "/sim/" + name,
          .life = life,
          .incarnation = incarnation,
          .state = static_cast<uint8_t>(state)};
}

MembershipCore Alone() {
  return MembershipCore({.name = "a", .address = "/sim/a", .life = 1}, {}, Random(1), nullptr,
                        Instant());
}

GossipFrame Saying(const MemberWord& word) {
  GossipFrame frame;
  frame.kind = GossipKind::Records;
  frame.members.push_back(word);
  return frame;
}

TEST(RumoursTest, TellsEachSoManyTimesAndTheNewestFirst) {
  Rumours rumours(2);
  rumours.Add("old");
  rumours.Add("new");
  std::vector<std::string> told;
  const auto take_one = [&](const std::string& name) {
    if (told.size() % 2 == 1) return false;
    told.push_back(name);
    return true;
  };
  rumours.Pick(1, take_one);
  EXPECT_EQ(told, std::vector<std::string>{"new"});
  size_t count = 0;
  for (int i = 0; i < 10; ++i) {
    rumours.Pick(1, [&](const std::string&) {
      ++count;
      return true;
    });
  }
  EXPECT_EQ(count, 3u);
  EXPECT_EQ(rumours.size(), 0u);
}

TEST(MembershipCoreTest, RefutesWhatIsSaidOfIt) {
  MembershipCore core = Alone();
  core.OnFrame("b", 0, Saying(WordOf("a", 0, MemberState::kDead)), Instant());
  EXPECT_EQ(core.self().incarnation, 1u);
  EXPECT_EQ(core.table().Find("a")->member.state, MemberState::kAlive);
  core.OnFrame("b", 0, Saying(WordOf("a", 0, MemberState::kSuspect)), Instant());
  EXPECT_EQ(core.self().incarnation, 1u);
}

// Where `sends` go.
std::vector<std::string> PlacesOf(const std::vector<GossipSend>& sends) {
  std::vector<std::string> places;
  for (const GossipSend& send : sends) places.push_back(send.address);
  return places;
}

TEST(MembershipCoreTest, WhereOneWasFoundIsTriedAtOnceAndWhileNobodyElseIsPresent) {
  using Places = std::vector<std::string>;
  MembershipCore core = Alone();
  core.SetBootstrap({"/sim/told"});
  core.TakeSends();
  EXPECT_FALSE(Alone().seeks_others());
  core.SeekAt("/sim/a");  // itself
  EXPECT_TRUE(core.TakeSends().empty());
  core.SeekAt("/sim/b");
  EXPECT_EQ(PlacesOf(core.TakeSends()), Places{"/sim/b"});
  core.Tick(core.next_tick());
  EXPECT_EQ(PlacesOf(core.TakeSends()), (Places{"/sim/told", "/sim/b"}));
  // Whoever is found last takes the place of the first that was, and of nobody that was told.
  for (size_t i = 0; i < MembershipOptions().found_max; ++i) {
    core.SeekAt("/sim/" + std::to_string(i));
  }
  core.TakeSends();
  core.Tick(core.next_tick());
  const Places places = PlacesOf(core.TakeSends());
  EXPECT_EQ(places.size(), 1 + MembershipOptions().found_max);
  EXPECT_EQ(places.front(), "/sim/told");
  EXPECT_EQ(std::count(places.begin(), places.end(), "/sim/b"), 0);
}

TEST(MembershipCoreTest, CannotOutdoALaterLifeOfItself) {
  MembershipCore core = Alone();
  core.OnFrame("b", 0, Saying(WordOf("a", 0, MemberState::kAlive, 2)), Instant());
  EXPECT_EQ(core.self().life, 1u);
  EXPECT_EQ(core.counters().conflicts, 1u);
}

TEST(MembershipCoreTest, TakesNoOneElsesPlace) {
  MembershipCore core = Alone();
  core.OnFrame("b", 0, Saying(WordOf("b", 0)), Instant());
  MemberWord other = WordOf("b", 7);
  other.address = "/sim/mallory";
  core.OnFrame("mallory", 0, Saying(other), Instant());
  EXPECT_EQ(core.table().Find("b")->member.address, "/sim/b");
  EXPECT_EQ(core.counters().conflicts, 1u);
}

TEST(MembershipCoreTest, WordsThatCannotBeAreCountedAndChangeNothing) {
  MembershipCore core = Alone();
  std::vector<MemberWord> words = {WordOf("", 0), WordOf(std::string(256, 'x'), 0),
                                   WordOf("b", MemberTable::kIncarnationMax + 1)};
  words.push_back(WordOf("c", 0));
  words.back().state = 4;
  words.push_back(WordOf("d", 0));
  words.back().address = "";
  for (const MemberWord& word : words) core.OnFrame("b", 0, Saying(word), Instant());
  EXPECT_EQ(core.counters().refused, words.size());
  EXPECT_EQ(core.table().all().size(), 1u);
}

TEST(MembershipCoreTest, KnowsNoMoreThanMayBe) {
  MembershipCore core({.name = "a", .address = "/sim/a", .life = 1}, {.members_max = 3}, Random(1),
                      nullptr, Instant());
  for (const char* name : {"b", "c", "d"}) core.OnFrame("b", 0, Saying(WordOf(name, 0)), Instant());
  EXPECT_EQ(core.table().Find("d"), nullptr);
  core.OnFrame("b", 0, Saying(WordOf("b", 0, MemberState::kLeft)), Instant());
  core.OnFrame("b", 0, Saying(WordOf("d", 0)), Instant());
  EXPECT_NE(core.table().Find("d"), nullptr);
  EXPECT_EQ(core.table().Find("b"), nullptr);
}

TEST(MembershipCoreTest, TellsThePingerWhatIsHeldAgainstIt) {
  MembershipCore core = Alone();
  core.OnFrame("b", 0, Saying(WordOf("b", 0)), Instant());
  core.OnFrame("c", 0, Saying(WordOf("b", 0, MemberState::kDead)), Instant());
  GossipFrame ping;
  ping.kind = GossipKind::Ping;
  ping.sequence = 5;
  core.TakeSends();
  core.OnFrame("b", 9, ping, Instant());
  const std::vector<GossipSend> sends = core.TakeSends();
  ASSERT_EQ(sends.size(), 1u);
  EXPECT_EQ(sends[0].link, 9u);
  EXPECT_EQ(sends[0].frame.kind, GossipKind::Ack);
  ASSERT_FALSE(sends[0].frame.members.empty());
  EXPECT_EQ(sends[0].frame.members[0].name, "b");
  EXPECT_EQ(sends[0].frame.members[0].state, static_cast<uint8_t>(MemberState::kSuspect));
}

TEST(MembershipCoreTest, NobodyIsDeadByAnothersWord) {
  MembershipCore core = Alone();
  for (const char* name : {"b", "c", "d"}) core.OnFrame("b", 0, Saying(WordOf(name, 0)), Instant());
  MemberWord word = WordOf("b", 0, MemberState::kDead);
  for (const char* by : {"c", "d", "c"}) {
    word.by = by;
    core.OnFrame("c", 0, Saying(word), Instant());
    EXPECT_EQ(core.table().Find("b")->member.state, MemberState::kSuspect);
  }
  core.OnFrame("b", 0, Saying(WordOf("b", 1)), Instant());
  EXPECT_EQ(core.table().Find("b")->member.state, MemberState::kAlive);
  core.OnFrame("c", 0, Saying(WordOf("b", 1, MemberState::kDead)), Instant());
  for (int i = 0; i < 100; ++i) core.Tick(core.next_tick());  // and it says nothing
  EXPECT_EQ(core.table().Find("b")->member.state, MemberState::kDead);
}

TEST(MembershipCoreTest, NobodyIsMadeToSayMoreThanItCan) {
  constexpr uint64_t kStep = MemberTable::kIncarnationStepMax;
  MembershipCore core = Alone();
  const auto say = [&core](const char* name, uint64_t incarnation) {
    core.OnFrame("c", 0, Saying(WordOf(name, incarnation, MemberState::kSuspect)), Instant());
  };
  core.OnFrame("b", 0, Saying(WordOf("b", 0)), Instant());
  say("b", kStep + 1);
  EXPECT_EQ(core.table().Find("b")->member.incarnation, 0u);
  say("b", kStep);
  EXPECT_EQ(core.table().Find("b")->member.incarnation, kStep);
  // What it answers is itself no more than others believe.
  say("a", kStep);
  EXPECT_EQ(core.self().incarnation, 0u);
  say("a", kStep - 1);
  EXPECT_EQ(core.self().incarnation, kStep);
}

TEST(MembershipCoreTest, TakesNobodyForDeadBecauseItStoodStillItself) {
  GossipTown town(1, {});
  town.AddMany(5);
  ASSERT_TRUE(town.RunUntil([&] { return town.Agrees(); }, absl::Seconds(30)));
  for (size_t i = 0; i < 5; ++i) town.Pause(i);
  town.RunFor(absl::Minutes(5));
  for (size_t i = 0; i < 5; ++i) town.Resume(i);
  town.RunFor(absl::Minutes(1));
  EXPECT_TRUE(town.Agrees());
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(town.core(i).counters().suspected, 0u);
}

TEST(MembershipCoreTest, WhoLeavesIsKnownToHaveLeft) {
  GossipTown town(2, {});
  town.AddMany(8);
  ASSERT_TRUE(town.RunUntil([&] { return town.Agrees(); }, absl::Seconds(30)));
  town.core(3).Leave(town.now());
  ASSERT_TRUE(town.RunUntil([&] { return town.core(3).left_heard(); }, absl::Seconds(5)));
  town.Crash(3);
  EXPECT_TRUE(
      town.RunUntil([&] { return town.Knowing(3, MemberState::kLeft) == 7; }, absl::Seconds(10)));
}

TEST(MembershipCoreTest, OneWhoIsCutOffComesBack) {
  GossipTown town(3, {});
  town.AddMany(6);
  ASSERT_TRUE(town.RunUntil([&] { return town.Agrees(); }, absl::Seconds(30)));
  for (size_t i = 0; i < 5; ++i) {
    town.Cut(5, i);
    town.Cut(i, 5);
  }
  ASSERT_TRUE(
      town.RunUntil([&] { return town.Knowing(5, MemberState::kDead) == 5; }, absl::Minutes(2)));
  town.RunFor(absl::Minutes(2));
  town.Heal();
  EXPECT_TRUE(town.RunUntil([&] { return town.Agrees(); }, absl::Minutes(2)));
}

// Whatever order they come in, and how often.
RC_GTEST_PROP(MemberTableProperty, TheSameWordsGiveTheSameTable, ()) {
  std::vector<MemberWord> words;
  const auto count = *rc::gen::inRange(1, 20);
  for (int i = 0; i < count; ++i) {
    words.push_back(WordOf(std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 3))),
                           *rc::gen::inRange<uint64_t>(0, 4),
                           static_cast<MemberState>(*rc::gen::inRange(0, 4)),
                           *rc::gen::inRange<uint64_t>(1, 4)));
  }
  MemberTable one(10);
  MemberTable other(10);
  for (const char* name : {"a", "b", "c"}) {
    one.Merge(WordOf(name, 0), Instant());
    other.Merge(WordOf(name, 0), Instant());
  }
  for (const MemberWord& word : words) one.Merge(word, Instant());
  for (size_t i = words.size(); i > 1; --i) {
    std::swap(words[i - 1], words[*rc::gen::inRange<size_t>(0, i)]);
  }
  for (int again = 0; again < 2; ++again) {
    for (const MemberWord& word : words) other.Merge(word, Instant());
  }
  RC_ASSERT(one.present() == other.present());
  for (const auto& [name, known] : one.all()) RC_ASSERT(other.Find(name)->member == known.member);
}

// After any faults, once they end: all agree on who is there; and meanwhile incarnations only grow.
RC_GTEST_PROP(MembershipCoreProperty, AllAgreeOnceFaultsEnd, ()) {
  const auto size = *rc::gen::inRange<size_t>(2, 9);
  GossipTown town(*rc::gen::arbitrary<uint64_t>(),
                  {.loss = {*rc::gen::inRange<uint64_t>(0, 4), 10}});
  town.AddMany(size);
  std::vector<std::pair<uint64_t, uint64_t>> seen(size);
  const auto steps = *rc::gen::inRange(1, 15);
  for (int i = 0; i < steps; ++i) {
    const auto one = *rc::gen::inRange<size_t>(0, size);
    const auto other = *rc::gen::inRange<size_t>(0, size);
    switch (*rc::gen::inRange(0, 6)) {
      case 0: town.Crash(one); break;
      case 1: town.Restart(one); break;
      case 2: town.Pause(one); break;
      case 3: town.Resume(one); break;
      default: town.Cut(one, other);
    }
    town.RunFor(absl::Milliseconds(*rc::gen::inRange(0, 20000)));
    for (size_t at = 0; at < size; ++at) {
      if (!town.up(at)) continue;
      const Member& self = town.core(at).self();
      const std::pair now(self.life, self.incarnation);
      RC_ASSERT(seen[at] <= now);
      seen[at] = now;
    }
  }
  town.Heal();
  RC_ASSERT(town.RunUntil([&] { return town.Agrees(); }, absl::Minutes(5)));
  town.RunFor(absl::Minutes(1));
  RC_ASSERT(town.Agrees());
}

}  // namespace
}  // namespace rehearse::net
