#include "rehearse/net/node/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

// A manager that listens at a name of its own.
class Listening {
 public:
  Listening() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name_.data() + 1, name_.size() - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size())),
              0);
  }
  ~Listening() { close(fd_); }

  const std::string& name() const { return name_; }
  std::string Heard() const {
    char text[256];
    const ssize_t length = recv(fd_, text, sizeof(text), 0);
    return length < 0 ? "nothing" : std::string(text, static_cast<size_t>(length));
  }

 private:
  const std::string name_ = absl::StrCat("@rehearse-test-", getpid());
  const int fd_;
};

TEST(ServiceManagerTest, IsToldInItsProtocol) {
  const Listening listening;
  const ServiceManager manager(listening.name());
  EXPECT_TRUE(manager.Ready().ok());
  EXPECT_EQ(listening.Heard(), "READY=1");
  EXPECT_TRUE(manager.Alive().ok());
  EXPECT_EQ(listening.Heard(), "WATCHDOG=1");
  EXPECT_TRUE(manager.Stopping().ok());
  EXPECT_EQ(listening.Heard(), "STOPPING=1");
  EXPECT_EQ(listening.Heard(), "nothing");
}

TEST(ServiceManagerTest, NobodyIsToldWhereNobodyListens) {
  EXPECT_TRUE(ServiceManager("").Ready().ok());
  const absl::Status gone = ServiceManager("/nonexistent/socket").Ready();
  EXPECT_EQ(gone.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(gone.message(), "/nonexistent/socket: send: No such file")) << gone;
  EXPECT_EQ(ServiceManager(std::string(200, 'x')).Ready().code(), absl::StatusCode::kUnavailable);
}

TEST(ServiceManagerTest, TheEnvironmentSaysWhereAndHowOften) {
  setenv("NOTIFY_SOCKET", "/run/x", 1);
  setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(ServiceManager::OfEnvironment().watchdog(), absl::Seconds(3));
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(ServiceManager::OfEnvironment().watchdog(), absl::InfiniteDuration());
  setenv("WATCHDOG_PID", absl::StrCat(getpid()).c_str(), 1);
  EXPECT_EQ(ServiceManager::OfEnvironment().watchdog(), absl::Seconds(3));
  setenv("WATCHDOG_USEC", "never", 1);
  EXPECT_EQ(ServiceManager::OfEnvironment().watchdog(), absl::InfiniteDuration());
}

}  // namespace
}  // namespace rehearse::net
