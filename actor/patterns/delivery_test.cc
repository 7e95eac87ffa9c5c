#include "rehearse/actor/patterns/delivery.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Kind = DeliveryPolicy::Kind;
using Codes = std::vector<absl::StatusCode>;

class Receiver : public Actor {
 public:
  explicit Receiver(std::vector<int>* seen, absl::Duration pace = {}) : seen_(seen), pace_(pace) {}
  absl::Status Handle(const int& number) {
    seen_->push_back(number);
    return pace_ == absl::ZeroDuration() ? absl::OkStatus() : Sleep(pace_);
  }

 private:
  std::vector<int>* const seen_;
  const absl::Duration pace_;
};

struct Send {
  int number;
  std::vector<Addressee<int>> to;
};
struct SendOutAndThrow {
  int number;
  Addressee<int> to;
};

class Sender : public Actor {
 public:
  AfterPanic OnPanic(const std::string&) override { return AfterPanic::kContinue; }
  Codes Handle(const Send& send) { return Deliver(send.to, send.number, couriers_); }
  void Handle(const SendOutAndThrow& send) {
    couriers_.SendOut(0, send.to, send.number);
    throw std::runtime_error("a bug");
  }

 private:
  CourierService<int> couriers_;
};

TEST(DeliveryTest, SaysWhatBecameOfEachInTheirOrder) {
  TestNode node;
  std::vector<int> seen;
  node.Run([&] {
    auto sender = node->Spawn<Sender>();
    auto slow = node->SpawnWith<Receiver>({.mailbox_capacity = 1}, &seen, absl::Hours(1));
    for (int i = 0; i < 2; ++i) {
      slow.Tell(i);
      (void)Sleep(absl::Milliseconds(1));
    }
    auto dead = node->Spawn<Receiver>(&seen);
    dead.Stop();
    (void)dead.Join();
    auto quick = node->Spawn<Receiver>(&seen);
    Send send{5, {}};
    for (const Recipient<int>& to :
         {Recipient<int>(slow), Recipient<int>(dead), Recipient<int>(quick)}) {
      send.to.push_back({to, {Kind::kBestEffort}});
      send.to.push_back({to, {Kind::kWithin, absl::Seconds(1)}});
    }
    send.to.push_back({quick, {Kind::kWait}});
    using Code = absl::StatusCode;
    EXPECT_EQ(*sender.Ask(send), (Codes{Code::kResourceExhausted, Code::kCancelled, Code::kNotFound,
                                        Code::kNotFound, Code::kOk, Code::kOk, Code::kOk}));
  });
}

// A courier of which nobody waits for the end any more, since the delivery was cut short.
TEST(DeliveryTest, NextMessageDoesNotOvertakeWhatAPanicLeftBehind) {
  TestNode node;
  std::vector<int> seen;
  node.Run([&] {
    auto sender = node->Spawn<Sender>();
    const Recipient<int> receiver = node->Spawn<Receiver>(&seen);
    sender.Tell(SendOutAndThrow{1, {receiver, {Kind::kWithin, absl::Hours(1)}}});
    sender.Tell(Send{2, {{receiver, {Kind::kBestEffort}}}});
    (void)Sleep(absl::Seconds(1));
  });
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace rehearse
