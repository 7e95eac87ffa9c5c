// Files of simulated nodes: whose they are, and what a crash leaves of them.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/host.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;

// What each life of a node found when it began: "node 0", "node 7".
struct Found {
  std::vector<std::string> counts;
};

// Keeps a count in a file that is replaced as a whole, once a second.
absl::Status KeepCount(Node& node, Found& found) {
  Files& files = FilesOf(node);
  int count = 0;
  if (auto file = files.Open("/count", OpenMode::kRead); file.ok()) {
    std::string text;
    REHEARSE_RETURN_IF_ERROR((*file)->ReadAt(0, 100, text).status());
    (void)absl::SimpleAtoi(text, &count);
  }
  found.counts.push_back(absl::StrCat(node.name(), " ", count));
  while (true) {
    REHEARSE_RETURN_IF_ERROR(Sleep(absl::Seconds(1)));
    REHEARSE_ASSIGN_OR_RETURN(const auto file, files.Open("/count.new", OpenMode::kReplace));
    REHEARSE_RETURN_IF_ERROR(file->WriteAt(0, absl::StrCat(++count)));
    REHEARSE_RETURN_IF_ERROR(file->Sync());
    REHEARSE_RETURN_IF_ERROR(files.Rename("/count.new", "/count"));
    REHEARSE_RETURN_IF_ERROR(files.SyncDirectory("/"));
  }
}

TEST(FilesScenario, ANodesDiskOutlivesItsCrashesAndIsItsOwn) {
  World world({.seed = 1});
  Found& found = world.Shared<Found>();
  const auto program = [&found](Node& node) { return KeepCount(node, found); };
  const NodeHandle one = world.AddNode("one", program);
  world.RunFor(absl::Milliseconds(3500));
  world.Crash(one);
  world.Restart(one);
  world.RunFor(absl::Milliseconds(2500));
  world.Stop(one);
  world.RunFor(absl::Seconds(5));
  world.Restart(one);
  world.RunFor(absl::Milliseconds(10));
  world.AddNode("two", program);
  world.RunFor(absl::Milliseconds(10));
  EXPECT_EQ(found.counts, (std::vector<std::string>{"one 0", "one 3", "one 5", "two 0"}));
  EXPECT_FALSE(world.failed());
}

}  // namespace
}  // namespace rehearse
