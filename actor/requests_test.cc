// Ways to ask and to be asked, beyond Ask itself: forwarded, piped, tried, prepared, overflowing.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/forward.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/pipe_to_self.h"
#include "rehearse/actor/prepared.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Get {
  int key = 0;
};
struct Nap {
  absl::Duration length;
};

class Store : public Actor {
 public:
  absl::StatusOr<int> Handle(const Get& get) {
    if (get.key < 0) return absl::OutOfRangeError("no such key");
    return get.key * 10;
  }
  absl::Status Handle(const Nap& nap) { return Sleep(nap.length); }
};

class Front : public Actor {
 public:
  explicit Front(ActorRef<Store> store) : store_(std::move(store)) {}
  void Handle(const Get& get, Reply<absl::StatusOr<int>> reply) {
    Forward(std::move(reply), store_, get);
  }

 private:
  const ActorRef<Store> store_;
};

class RequestsTest : public testing::Test {
 public:
  TestNode node_;
};

TEST_F(RequestsTest, AForwardedAskIsAnsweredByTheOther) {
  node_.Run([&] {
    const auto store = node_->Spawn<Store>();
    const auto front = node_->Spawn<Front>(store);
    EXPECT_EQ(*front.Ask(Get{4}), 40);
    EXPECT_EQ(front.Ask(Get{-1}).status(), absl::OutOfRangeError("no such key"));
    // The front is free while the store is busy.
    store.Tell(Nap{absl::Seconds(5)});
    auto slow = front.Request(Get{5});
    EXPECT_EQ(front.Ask(Get{6}, {.reply_timeout = absl::Seconds(1)}).status().code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(*slow.Await(), 50);
  });
}

TEST_F(RequestsTest, AnAskThatCannotBeForwardedFails) {
  node_.Run([&] {
    const auto store = node_->Spawn<Store>();
    const auto front = node_->Spawn<Front>(store);
    store.Stop();
    store.Join().IgnoreError();
    const absl::Status failed = front.Ask(Get{4}).status();
    EXPECT_EQ(failed.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(EffectOf(failed), Effect::kNone);
    EXPECT_EQ(node_->Spawn<Front>(ActorRef<Store>()).Ask(Get{4}).status().code(),
              absl::StatusCode::kNotFound);
  });
}

TEST_F(RequestsTest, TryAskDoesNotWaitForRoom) {
  node_.Run([&] {
    const auto store = node_->SpawnWith<Store>({.mailbox_capacity = 1});
    store.Tell(Nap{absl::Seconds(1)});
    (void)Sleep(absl::Milliseconds(1));
    store.Tell(Nap{absl::Seconds(1)});
    const Instant from = node_->clock().Now();
    EXPECT_EQ(store.TryAsk(Get{1}).status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(node_->clock().Now(), from);
    EXPECT_EQ(*store.Ask(Get{1}), 10);
    EXPECT_EQ(*store.TryAsk(Get{2}), 20);
  });
}

TEST_F(RequestsTest, AnActorMayHaveAReplyTimeoutOfItsOwn) {
  node_.Run([&] {
    const auto store = node_->SpawnWith<Store>({.reply_timeout = absl::Seconds(2)});
    const Instant from = node_->clock().Now();
    EXPECT_EQ(store.Ask(Nap{absl::Seconds(10)}).code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(node_->clock().Now() - from, absl::Seconds(2));
    store.Tell(Nap{absl::Seconds(10)});
    EXPECT_EQ(store.Request(Get{1}).Await().status().code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(node_->clock().Now() - from, absl::Seconds(4));
    EXPECT_EQ(*store.Ask(Get{1}, {.reply_timeout = absl::Minutes(1)}), 10);
  });
}

// --- Overflow.

TEST_F(RequestsTest, AFullMailboxRejectsWhereItIsToldTo) {
  node_.Run([&] {
    const auto store =
        node_->SpawnWith<Store>({.mailbox_capacity = 1, .overflow = Overflow::kReject});
    store.Tell(Nap{absl::Seconds(1)});
    (void)Sleep(absl::Milliseconds(1));
    EXPECT_TRUE(store.Tell(Nap{}).ok());
    EXPECT_EQ(store.Tell(Nap{}).code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(store.Ask(Get{1}).status().code(), absl::StatusCode::kResourceExhausted);
  });
}

TEST_F(RequestsTest, AFullMailboxDropsTheNewestWhereItIsToldTo) {
  node_.Run([&] {
    const auto store =
        node_->SpawnWith<Store>({.mailbox_capacity = 1, .overflow = Overflow::kDropNewest});
    store.Tell(Nap{absl::Seconds(1)});
    (void)Sleep(absl::Milliseconds(1));
    EXPECT_TRUE(store.Tell(Nap{}).ok());
    EXPECT_TRUE(store.Tell(Nap{absl::Hours(1)}).ok());
    EXPECT_TRUE(store.TryTell(Nap{absl::Hours(1)}).ok());
    EXPECT_EQ(node_->dead_letters().count(), 2u);
    EXPECT_EQ(store.Ask(Get{1}).status().code(), absl::StatusCode::kResourceExhausted);
    (void)Sleep(absl::Seconds(2));
    EXPECT_EQ(*store.Ask(Get{1}), 10);
  });
}

// --- Piped.

struct Load {
  bool fails = false;
};
struct Loaded {
  int value = 0;
};
struct Value {};

class Cache : public Actor {
 public:
  explicit Cache(ActorRef<Store> store) : store_(std::move(store)) {}
  void Handle(const Load& load) {
    work_ = PipeToSelf(this, [store = store_, load] {
      (void)Sleep(absl::Seconds(1));
      if (load.fails) throw std::runtime_error("no luck");
      return Loaded{store.Ask(Get{7}).value_or(-1)};
    });
  }
  void Handle(const Loaded& loaded) { value_ = loaded.value; }
  int Handle(const Value&) { return value_; }
  struct Work {};
  AnyRef Handle(const Work&) { return work_; }

 private:
  const ActorRef<Store> store_;
  AnyRef work_;
  int value_ = -1;
};

TEST_F(RequestsTest, PipedWorkTellsItsResultAndLetsTheActorGoOn) {
  node_.Run([&] {
    const auto cache = node_->Spawn<Cache>(node_->Spawn<Store>());
    cache.Tell(Load{});
    const Instant from = node_->clock().Now();
    EXPECT_EQ(*cache.Ask(Value{}), -1);
    EXPECT_EQ(node_->clock().Now(), from);
    (void)Sleep(absl::Seconds(2));
    EXPECT_EQ(*cache.Ask(Value{}), 70);
  });
}

TEST_F(RequestsTest, PipedWorkEndsWithItsActorAndItsPanicIsItsOwn) {
  node_.Run([&] {
    const auto cache = node_->Spawn<Cache>(node_->Spawn<Store>());
    cache.Tell(Load{.fails = true});
    const AnyRef failing = *cache.Ask(Cache::Work{});
    EXPECT_EQ(failing.Join()->kind, ExitReason::Kind::kPanicked);
    EXPECT_TRUE(cache.alive());
    cache.Tell(Load{});
    const AnyRef work = *cache.Ask(Cache::Work{});
    EXPECT_TRUE(work.alive());
    cache.Stop();
    cache.Join().IgnoreError();
    EXPECT_FALSE(work.alive());
  });
}

// --- Prepared.

class Friend : public Actor {
 public:
  explicit Friend(ActorRef<Friend> other) : other_(std::move(other)) {}
  int Handle(const Get& get) { return get.key; }
  absl::StatusOr<int> Handle(const Value&) { return other_.Ask(Get{3}); }

 private:
  const ActorRef<Friend> other_;
};

TEST_F(RequestsTest, PreparedActorsMayKnowEachOther) {
  node_.Run([&] {
    Prepared<Friend> left(*node_);
    Prepared<Friend> right(*node_);
    auto early = left.ref().Request(Value{});
    (void)Sleep(absl::Seconds(1));
    EXPECT_FALSE(early.ready());
    left.Start(right.ref());
    right.Start(left.ref());
    EXPECT_EQ(*early.Await(), 3);
    EXPECT_EQ(*right.ref().Ask(Value{}), 3);
  });
}

TEST_F(RequestsTest, APreparedActorThatIsDroppedHasEnded) {
  node_.Run([&] {
    ActorRef<Friend> ref;
    auto early = [&] {
      const Prepared<Friend> dropped(*node_);
      ref = dropped.ref();
      ref.Tell(Get{});
      return ref.Request(Value{});
    }();
    EXPECT_EQ(early.Await().status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(ref.Join()->kind, ExitReason::Kind::kStopped);
    EXPECT_FALSE(ref.alive());
    EXPECT_EQ(node_->dead_letters().count(), 1u);
  });
}

TEST_F(RequestsTest, APreparedActorThatWasStoppedIsNeverBuilt) {
  node_.Run([&] {
    Prepared<Friend> prepared(*node_);
    prepared.ref().Stop();
    prepared.Start(ActorRef<Friend>());
    EXPECT_EQ(prepared.ref().Join()->kind, ExitReason::Kind::kStopped);
  });
}

// Asked whether it is built already, it looks there.
struct Ready {
  const bool* built;
};

class Builder : public Actor {
 public:
  explicit Builder(bool* built) { *built = true; }
  bool Handle(const Ready& ready) { return *ready.built; }
};

// Neither what a timer has sent it meanwhile, nor what waits in a mailbox that drops the oldest.
TEST_F(RequestsTest, APreparedActorIsBuiltBeforeAnythingReachesIt) {
  node_.Run([&] {
    bool built = false;
    Prepared<Builder> prepared(*node_, {.mailbox_capacity = 1, .overflow = Overflow::kDropOldest});
    SendAfter(prepared.ref(), absl::Milliseconds(1), Ready{&built});
    auto dropped = prepared.ref().Request(Ready{&built});
    auto early = prepared.ref().Request(Ready{&built});
    (void)Sleep(absl::Seconds(1));
    const auto builder = prepared.Start(&built);
    EXPECT_TRUE(*early.Await());
    EXPECT_EQ(dropped.Await().status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_TRUE(builder.alive());
  });
}

// --- Errors.

TEST_F(RequestsTest, AFrameworkErrorThatAHandlerReturnsIsTheHandlersOwn) {
  node_.Run([&] {
    const auto store = node_->Spawn<Store>();
    auto nap = store.Request(Nap{absl::Hours(1)});
    (void)Sleep(absl::Seconds(1));
    store.Stop();
    const absl::Status status = nap.Await();
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
    // It was handled, for a while.
    EXPECT_FALSE(IsFrameworkError(status));
    EXPECT_EQ(EffectOf(status), Effect::kMaybe);
  });
}

}  // namespace
}  // namespace rehearse
