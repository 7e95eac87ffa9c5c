// A node that does as it is told with what its host gives it: "-- DIRECTORY" has it write a file
// there, and a child process read it; "-- block" an actor block the thread that it has to itself.

#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/host.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/node/run_node.h"

namespace rehearse {
namespace {

absl::Status WriteAndRead(Node& node) {
  const std::string path = absl::StrCat(node.args().front(), "/note");
  REHEARSE_ASSIGN_OR_RETURN(const auto file, FilesOf(node).Open(path, OpenMode::kCreate));
  REHEARSE_RETURN_IF_ERROR(file->WriteAt(0, "a note"));
  REHEARSE_RETURN_IF_ERROR(file->Sync());
  REHEARSE_ASSIGN_OR_RETURN(const auto cat,
                            ProcessesOf(node).Start({.program = "/bin/cat", .arguments = {path}}));
  std::string text;
  const Instant deadline = node.DeadlineIn(absl::Seconds(20));
  REHEARSE_RETURN_IF_ERROR(cat->Read(ProcessOutput::kOut, 100, text, deadline).status());
  REHEARSE_ASSIGN_OR_RETURN(const ProcessExit exit, cat->Wait(deadline));
  node.log().Write(Severity::kInfo, absl::StrCat("cat says ", text, ", ", exit.ToString()));
  return absl::OkStatus();
}

class Blocked : public Actor {
 public:
  absl::Status OnStart() override {
    node().log().Write(Severity::kInfo, "blocked for good");
    for (;;) pause();
  }
};

// And one that still runs when the node ends.
absl::Status RunHere(Node& node) {
  if (node.args().front() == "block") {
    node.SpawnBlocking<Blocked>();
    return absl::OkStatus();
  }
  REHEARSE_RETURN_IF_ERROR(WriteAndRead(node));
  REHEARSE_ASSIGN_OR_RETURN(const auto sleeper, ProcessesOf(node).Start({.program = "/bin/sleep",
                                                                         .arguments = {"1000"}}));
  node.log().Write(Severity::kInfo, absl::StrCat("sleeper ", sleeper->id(), "."));
  return sleeper->Wait(Instant::Infinite()).status();
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) { return rehearse::net::RunNode(argc, argv, rehearse::RunHere); }
