#include "rehearse/actor/patterns/local_registry.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Get {};
class Counter : public Actor {
 public:
  int64_t Handle(const Get&) { return 7; }
};
class Other : public Actor {};

using CounterProtocol = Protocol<int64_t(Get)>;
using Names = std::vector<std::string>;

class LocalRegistryTest : public testing::Test {
 public:
  void Run(absl::AnyInvocable<void()> program) {
    node_.Run([&] {
      registry_ = node_->Spawn<LocalRegistry>();
      program();
    });
  }
  Names List() { return *registry_.Ask(ListLocalNames{}); }
  absl::StatusCode LookUp(absl::string_view name) {
    return LookUpLocal<Counter>(registry_, name).status().code();
  }

  ActorRef<LocalRegistry> registry_;
  TestNode node_;
};

TEST_F(LocalRegistryTest, FindsWhatWasRegistered) {
  Run([&] {
    auto counter = node_->Spawn<Counter>();
    EXPECT_TRUE(RegisterLocal(registry_, "b", counter).ok());
    EXPECT_TRUE(RegisterLocal(registry_, "a", ActorRef<CounterProtocol>(counter)).ok());
    EXPECT_EQ(*LookUpLocal<Counter>(registry_, "b"), counter);
    EXPECT_EQ(*LookUpLocal<CounterProtocol>(registry_, "a")->Ask(Get{}), 7);
    EXPECT_EQ(LookUp("c"), absl::StatusCode::kNotFound);
    EXPECT_EQ(List(), (Names{"a", "b"}));
  });
}

TEST_F(LocalRegistryTest, OneLivingActorHasAName) {
  Run([&] {
    auto first = node_->Spawn<Counter>();
    auto second = node_->Spawn<Counter>();
    EXPECT_TRUE(RegisterLocal(registry_, "a", first).ok());
    EXPECT_EQ(RegisterLocal(registry_, "a", second).code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(RegisterLocal(registry_, "a", first).code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(*LookUpLocal<Counter>(registry_, "a"), first);
    EXPECT_TRUE(*registry_.Ask(UnregisterLocal{"a"}));
    EXPECT_FALSE(*registry_.Ask(UnregisterLocal{"a"}));
    EXPECT_TRUE(RegisterLocal(registry_, "a", second).ok());
    first.Stop();  // its name is another's now
    (void)first.Join();
    EXPECT_EQ(*LookUpLocal<Counter>(registry_, "a"), second);
  });
}

TEST_F(LocalRegistryTest, LookUpAsAnotherClassIsAnErrorThatNamesBoth) {
  Run([&] {
    EXPECT_TRUE(RegisterLocal(registry_, "a", node_->Spawn<Other>()).ok());
    const absl::Status status = LookUpLocal<Counter>(registry_, "a").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_NE(status.message().find("Other"), std::string::npos);
    EXPECT_NE(status.message().find("Counter"), std::string::npos);
  });
}

TEST_F(LocalRegistryTest, NameEndsWithItsActor) {
  Run([&] {
    auto counter = node_->Spawn<Counter>();
    EXPECT_TRUE(RegisterLocal(registry_, "a", counter).ok());
    counter.Kill();
    (void)counter.Join();
    EXPECT_EQ(LookUp("a"), absl::StatusCode::kNotFound);
    EXPECT_EQ(List(), Names{});
    EXPECT_FALSE(*registry_.Ask(UnregisterLocal{"a"}));  // nothing is kept of it
    EXPECT_EQ(RegisterLocal(registry_, "a", counter).code(), absl::StatusCode::kNotFound);
    EXPECT_TRUE(RegisterLocal(registry_, "a", node_->Spawn<Counter>()).ok());
  });
}

TEST_F(LocalRegistryTest, NameKeepsNobodyAlive) {
  Run([&] {
    auto counter = node_->SpawnWith<Counter>({.stop_when_unreferenced = true});
    EXPECT_TRUE(RegisterLocal(registry_, "a", counter).ok());
    EXPECT_EQ(counter.strong_count(), 1u);
    counter = {};
    (void)Sleep(absl::Milliseconds(1));
    EXPECT_EQ(LookUp("a"), absl::StatusCode::kNotFound);
    EXPECT_EQ(List(), Names{});
  });
}

TEST_F(LocalRegistryTest, RefusesWhatCannotHaveAName) {
  Run([&] {
    EXPECT_EQ(RegisterLocal(registry_, "a", ActorRef<Counter>()).code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(RegisterLocal(registry_, "", node_->Spawn<Counter>()).code(),
              absl::StatusCode::kInvalidArgument);
    registry_.Tell(RegisterEntry{});  // no panic
    EXPECT_EQ(List(), Names{});
  });
}

}  // namespace
}  // namespace rehearse
