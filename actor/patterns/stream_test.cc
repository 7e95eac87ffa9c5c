#include "rehearse/actor/patterns/stream.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

class Reader : public Actor {
 public:
  explicit Reader(Lines* seen, absl::Duration pace = {}) : seen_(seen), pace_(pace) {}
  void Handle(const StreamStarted& started) {
    seen_->push_back(absl::StrCat("started ", started.stream));
  }
  absl::Status Handle(const StreamNext<int>& next) {
    seen_->push_back(absl::StrCat(next.item));
    return pace_ == absl::ZeroDuration() ? absl::OkStatus() : Sleep(pace_);
  }
  void Handle(const StreamFinished& finished) {
    seen_->push_back(absl::StrCat("finished ", absl::StatusCodeToString(finished.status.code())));
  }

 private:
  Lines* const seen_;
  const absl::Duration pace_;
};

// 1 to `end`; tells how many were pulled.
StreamSource<int> Count(int end, std::shared_ptr<int> pulled = std::make_shared<int>(0)) {
  return [end, pulled]() -> std::optional<int> {
    if (*pulled == end) return std::nullopt;
    return ++*pulled;
  };
}

class StreamTest : public testing::Test {
 public:
  Lines seen_;
  TestNode node_;
};

TEST_F(StreamTest, FeedsInOrderFromStartToFinish) {
  node_.Run([&] {
    auto reader = node_->Spawn<Reader>(&seen_);
    auto stream = AttachStream<int>(reader, Count(3), 5);
    EXPECT_EQ(stream.Join()->kind, ExitReason::Kind::kStopped);
  });
  EXPECT_EQ(seen_, (Lines{"started 5", "1", "2", "3", "finished OK"}));
  EXPECT_EQ(node_->dead_letters().count(), 0u);
}

TEST_F(StreamTest, PullsNoFasterThanTheMailboxTakes) {
  auto pulled = std::make_shared<int>(0);
  node_.Run([&] {
    auto reader = node_->SpawnWith<Reader>({.mailbox_capacity = 2}, &seen_, absl::Seconds(1));
    AttachStream<int>(reader, Count(20, pulled));
    (void)Sleep(absl::Milliseconds(500));
    EXPECT_LE(*pulled, 4);  // one in hand, two wait, one is told
    (void)Sleep(absl::Minutes(1));
  });
  EXPECT_EQ(seen_.size(), 22u);
}

TEST_F(StreamTest, SourceMayWait) {
  node_.Run([&] {
    auto reader = node_->Spawn<Reader>(&seen_);
    StreamSource<int> source = [count = Count(2)]() -> std::optional<int> {
      if (!Sleep(absl::Seconds(1)).ok()) return std::nullopt;
      return count();
    };
    EXPECT_TRUE(AttachStream<int>(reader, source).Join(absl::Seconds(5)).ok());
  });
  EXPECT_EQ(seen_, (Lines{"started 0", "1", "2", "finished OK"}));
}

TEST_F(StreamTest, SourceThatThrowsIsAnErrorAtTheEnd) {
  ActorRef<Reader> reader;
  node_.Run([&] {
    reader = node_->Spawn<Reader>(&seen_);
    AttachStream<int>(reader, [count = Count(2)]() -> std::optional<int> {
      const std::optional<int> item = count();
      if (*item == 2) throw std::runtime_error("a bug");
      return item;
    });
  });
  EXPECT_EQ(seen_, (Lines{"started 0", "1", "finished ABORTED"}));
  EXPECT_TRUE(reader.alive());
}

TEST_F(StreamTest, EndsWithItsActorThoughTheSourceWaits) {
  bool cancelled = false;
  auto held = std::make_shared<int>(0);
  node_.Run([&] {
    auto reader = node_->Spawn<Reader>(&seen_);
    auto stream = AttachStream<int>(reader, [&cancelled, held]() -> std::optional<int> {
      cancelled = Sleep(absl::Hours(1)).code() == absl::StatusCode::kCancelled;
      return std::nullopt;
    });
    (void)Sleep(absl::Seconds(1));
    reader.Stop();
    EXPECT_TRUE(stream.Join(absl::Seconds(1)).ok());
  });
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(held.use_count(), 1);  // nothing keeps the source
}

TEST_F(StreamTest, EndsWithItsActorThoughTheSourceNeverWaits) {
  node_.Run([&] {
    auto reader = node_->Spawn<Reader>(&seen_, absl::Seconds(1));
    auto stream = AttachStream<int>(reader, [] { return std::optional<int>(1); });
    (void)Sleep(absl::Seconds(3));
    reader.Kill();
    EXPECT_TRUE(stream.Join(absl::Seconds(1)).ok());
    EXPECT_TRUE(AttachStream<int>(reader, Count(3)).Join(absl::Seconds(1)).ok());
  });
}

TEST_F(StreamTest, StoppedItSaysNoMore) {
  ActorRef<Reader> reader;
  node_.Run([&] {
    reader = node_->SpawnWith<Reader>({.mailbox_capacity = 1}, &seen_, absl::Seconds(1));
    auto stream = AttachStream<int>(reader, Count(100));
    (void)Sleep(absl::Milliseconds(2500));
    stream.Stop();
    EXPECT_TRUE(stream.Join(absl::Seconds(1)).ok());
  });
  EXPECT_TRUE(reader.alive());
  EXPECT_LE(seen_.size(), 6u);
  EXPECT_NE(seen_.back(), "finished OK");
}

TEST_F(StreamTest, KeepsNobodyAlive) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    auto reader = node_->SpawnWith<Reader>({.stop_when_unreferenced = true}, &seen_);
    auto stream = AttachStream<int>(reader, []() -> std::optional<int> {
      (void)Sleep(absl::Seconds(1));
      return 1;
    });
    (void)Sleep(absl::Seconds(3));
    reader = {};
    EXPECT_TRUE(stream.Join(absl::Seconds(2)).ok());
  });
}

}  // namespace
}  // namespace rehearse
