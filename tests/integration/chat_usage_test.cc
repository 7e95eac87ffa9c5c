// The chat as its users have it: processes over QUIC that come and go.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/net/socket/testing/scratch_directory.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"
#include "rehearse/tests/integration/child_process.h"

namespace rehearse {
namespace {

// A dead node is known to be dead after some seconds; and a busy host.
constexpr absl::Duration kPatience = absl::Seconds(60);

// One at a terminal, which is a pipe that the test holds open.
class Chatter {
 public:
  Chatter(const std::string& pipe, const std::string& nick, const std::vector<std::string>& flags) {
    EXPECT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    keyboard_ = open(pipe.c_str(), O_RDWR | O_CLOEXEC);
    std::vector<std::string> arguments = {"/bin/sh", "-c", "exec \"$0\" \"$@\" <" + pipe,
                                          sim::Runfile("examples/chat/chat")};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    arguments.insert(arguments.end(), {"--", "lobby", nick});
    process_ = std::make_unique<ChildProcess>(arguments);
  }
  ~Chatter() { close(keyboard_); }

  void Type(const std::string& line) {
    const std::string whole = line + "\n";
    EXPECT_EQ(write(keyboard_, whole.data(), whole.size()), static_cast<ssize_t>(whole.size()));
  }
  bool Sees(const std::string& words) { return process_->AwaitOutput(words, kPatience); }
  ChildProcess& process() { return *process_; }

  // Where it can be joined by.
  std::string address() {
    const std::string begin = "listening at ";
    EXPECT_TRUE(process_->AwaitWords(begin, kPatience)) << process_->err();
    const std::string rest = process_->err().substr(process_->err().find(begin) + begin.size());
    return rest.substr(0, rest.find('\n'));
  }

 private:
  int keyboard_ = -1;
  std::unique_ptr<ChildProcess> process_;
};

TEST(ChatUsageTest, GuestsComeTalkAndGo) {
  const net::ScratchDirectory directory;
  const std::string listen = "--listen=/ip4/127.0.0.1/udp/0/quic-v1";
  Chatter ada(directory.At("ada"), "Ada", {"--name=ada", listen, "--names=gossip"});
  const std::string bootstrap = "--bootstrap=" + ada.address();
  Chatter ben(directory.At("ben"), "Ben", {"--name=ben", listen, "--names=gossip", bootstrap});
  Chatter cleo(directory.At("cleo"), "Cleo", {"--name=cleo", listen, "--names=gossip", bootstrap});
  for (Chatter* const one : {&ada, &cleo}) {
    ASSERT_TRUE(one->Sees("* Ben is in lobby")) << one->process().err();
  }
  ASSERT_TRUE(ben.Sees("* Ada is in lobby")) << ben.process().err();
  ASSERT_TRUE(ben.Sees("* Cleo is in lobby")) << ben.process().err();
  ben.Type("good evening");
  for (Chatter* const one : {&ada, &cleo}) {
    ASSERT_TRUE(one->Sees("[lobby] Ben: good evening")) << one->process().err();
  }
  ben.process().Signal(SIGKILL);
  for (Chatter* const one : {&ada, &cleo}) {
    ASSERT_TRUE(one->Sees("* Ben has left lobby")) << one->process().err();
  }
  cleo.Type("/quit");
  EXPECT_EQ(cleo.process().Finish(kPatience), 0) << cleo.process().err();
  ASSERT_TRUE(ada.Sees("* Cleo has left lobby")) << ada.process().err();
  ada.Type("/who");
  ASSERT_TRUE(ada.Sees("* in lobby: you")) << ada.process().err();
  ada.process().Signal(SIGTERM);
  EXPECT_EQ(ada.process().Finish(kPatience), 0) << ada.process().err();
}

}  // namespace
}  // namespace rehearse
