// A real node tells a service manager of its life.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/child_process.h"

namespace rehearse {
namespace {

TEST(ServiceManagerUsageTest, ANodeIsReadyAliveAndStopping) {
  const std::string name = absl::StrCat("@rehearse-usage-", getpid());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const timeval patience = {.tv_sec = 20, .tv_usec = 0};
  ASSERT_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
            0);
  const auto next = [fd] {
    char text[64];
    const ssize_t length = recv(fd, text, sizeof(text), 0);
    return length < 0 ? std::string("nothing") : std::string(text, static_cast<size_t>(length));
  };

  ChildProcess node({"examples/counter/counter_node", "--name=server",
                     "--listen=/ip4/127.0.0.1/tcp/0", "--", "server"},
                    {absl::StrCat("NOTIFY_SOCKET=", name), "WATCHDOG_USEC=200000"});
  EXPECT_EQ(next(), "READY=1");
  EXPECT_EQ(next(), "WATCHDOG=1");
  EXPECT_EQ(next(), "WATCHDOG=1");
  node.Signal(SIGTERM);
  std::string last = next();
  for (int i = 0; i < 10 && last == "WATCHDOG=1"; ++i) last = next();
  EXPECT_EQ(last, "STOPPING=1");
  EXPECT_EQ(node.Finish(absl::Seconds(20)), 0) << node.err();
  close(fd);
}

}  // namespace
}  // namespace rehearse
