#include "rehearse/actor/host.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

class NoProcesses final : public Processes {
 public:
  absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions&) override {
    return absl::UnavailableError("none to be had");
  }
};

TEST(HostTest, GivesWhatTheNodeWasProvidedWithAndPanicsWithoutIt) {
  TestNode node;
  EXPECT_THROW(FilesOf(*node), std::logic_error);
  EXPECT_THROW(ProcessesOf(*node), std::logic_error);
  NoProcesses processes;
  node->Provide<Processes>(processes);
  EXPECT_EQ(&ProcessesOf(*node), &processes);
  EXPECT_THROW(FilesOf(*node), std::logic_error);
}

}  // namespace
}  // namespace rehearse
