// The host's sockets keep the promises of Sockets.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rehearse/net/socket/testing/scratch_directory.h"
#include "rehearse/tests/conformance/datagrams_conformance.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/conformance/sockets_conformance.h"
#include "rehearse/tests/conformance/unix_conformance.h"

namespace rehearse::net {
namespace {

class PosixSocketsWorld final : public SocketsWorld {
 public:
  explicit PosixSocketsWorld(int workers) : nodes_(workers) {
    OpenSilent();
    refusing_ = OpenBound();
  }
  ~PosixSocketsWorld() override {
    for (const int fd : fds_) close(fd);
  }

  TwoNodes& nodes() override { return nodes_; }
  Sockets& sockets(int) override { return nodes_.sockets(); }
  SocketAddress any_port(int) override { return {"127.0.0.1", 0}; }
  SocketAddress refusing() override { return refusing_; }
  std::optional<SocketAddress> silent() override { return silent_; }
  SocketAddress foreign() override { return {"192.0.2.1", 0}; }

 private:
  // A descriptor bound to a port of its own.
  int Open(sockaddr_in& address) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    fds_.push_back(fd);
    address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    return fd;
  }

  // It is bound, and nobody listens.
  SocketAddress OpenBound() {
    sockaddr_in address;
    Open(address);
    return {"127.0.0.1", ntohs(address.sin_port)};
  }

  // Its queue is full of connections that nobody accepts: Linux drops what comes then.
  void OpenSilent() {
    sockaddr_in address;
    EXPECT_EQ(listen(Open(address), 0), 0);
    silent_ = {"127.0.0.1", ntohs(address.sin_port)};
    for (int i = 0; i < 4; ++i) {
      sockaddr_in own;
      const int fd = Open(own);
      if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        EXPECT_EQ(errno, EINPROGRESS);
      }
    }
  }

  LoopbackNodes nodes_;
  std::vector<int> fds_;
  SocketAddress silent_;
  SocketAddress refusing_;
};

class PosixUnixWorld final : public SocketsWorld {
 public:
  explicit PosixUnixWorld(int workers) : nodes_(workers) { OpenSilent(); }
  ~PosixUnixWorld() override {
    for (const int fd : fds_) close(fd);
  }

  TwoNodes& nodes() override { return nodes_; }
  Sockets& sockets(int) override { return nodes_.sockets(); }
  SocketAddress any_port(int) override { return At(absl::StrCat(++paths_)); }
  SocketAddress refusing() override { return At("nobody"); }
  std::optional<SocketAddress> silent() override { return At("silent"); }
  SocketAddress foreign() override { return {"unix:here"}; }
  bool is_unix() const override { return true; }

 private:
  SocketAddress At(absl::string_view name) const {
    return {absl::StrCat("unix:", scratch_.path(), "/", name)};
  }

  // Its queue is full of connections that nobody accepts.
  void OpenSilent() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, absl::StrCat(scratch_.path(), "/silent").c_str());
    const auto* const host = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(bind(Open(), host, sizeof(address)), 0);
    EXPECT_EQ(listen(fds_.back(), 0), 0);
    while (connect(Open(), host, sizeof(address)) == 0) continue;
    EXPECT_EQ(errno, EAGAIN);
  }
  int Open() {
    fds_.push_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return fds_.back();
  }

  const ScratchDirectory scratch_;
  LoopbackNodes nodes_;
  std::vector<int> fds_;
  std::atomic<int> paths_{0};
};

template <typename World>
SocketsArm Workers(int workers) {
  return {absl::StrCat("On", workers, "Workers"),
          [workers] { return std::make_unique<World>(workers); }};
}

const auto kIp = testing::Values(Workers<PosixSocketsWorld>(1), Workers<PosixSocketsWorld>(2));
INSTANTIATE_TEST_SUITE_P(Posix, SocketsConformance, kIp, SocketsArmName());
INSTANTIATE_TEST_SUITE_P(Posix, DatagramsConformance, kIp, SocketsArmName());

const auto kUnix = testing::Values(Workers<PosixUnixWorld>(1), Workers<PosixUnixWorld>(2));
INSTANTIATE_TEST_SUITE_P(PosixUnix, SocketsConformance, kUnix, SocketsArmName());
INSTANTIATE_TEST_SUITE_P(PosixUnix, DatagramsConformance, kUnix, SocketsArmName());
INSTANTIATE_TEST_SUITE_P(PosixUnix, UnixConformance, kUnix, SocketsArmName());

}  // namespace
}  // namespace rehearse::net
