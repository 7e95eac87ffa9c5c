// Peers that speak for themselves: bytes on real sockets, from the test's own thread.

#ifndef REHEARSE_TESTS_INTEGRATION_RAW_PEERS_H_
#define REHEARSE_TESTS_INTEGRATION_RAW_PEERS_H_

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "rehearse/tests/conformance/raw_script.h"

namespace rehearse {

// One connection to 127.0.0.1. It ends by a reset, so that no port is kept busy afterwards.
class RawPeer {
 public:
  RawPeer(uint16_t port, RawScript script) : script_(std::move(script)) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    EXPECT_GE(fd_, 0);
    const linger reset = {1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      EXPECT_EQ(errno, EINPROGRESS);
    }
  }
  RawPeer(RawPeer&& other) noexcept
      : script_(std::move(other.script_)),
        fd_(std::exchange(other.fd_, -1)),
        connected_(other.connected_),
        heard_(other.heard_) {}
  RawPeer& operator=(RawPeer&&) = delete;
  ~RawPeer() {
    if (fd_ >= 0) close(fd_);
  }

  pollfd Awaits() const { return {fd_, static_cast<int16_t>(connected_ ? POLLIN : POLLOUT), 0}; }

  // `events` came. False: the connection is over.
  bool GoOn(int16_t events) {
    if (events == 0) return true;
    if (!connected_) {
      connected_ = true;
      const auto size = static_cast<ssize_t>(script_.says.size());
      if (send(fd_, script_.says.data(), script_.says.size(), MSG_NOSIGNAL) != size) return false;
      return script_.leaves_after != 0;
    }
    std::array<char, 256> bytes;
    const ssize_t count = recv(fd_, bytes.data(), bytes.size(), 0);
    if (count < 0) return errno == EAGAIN;
    heard_ += static_cast<int>(count);
    return count > 0 && (script_.leaves_after < 0 || heard_ < script_.leaves_after);
  }

 private:
  RawScript script_;
  int fd_ = -1;
  bool connected_ = false;
  int heard_ = 0;
};

// Sends `count` peers, `at_once_max` at a time, each as `script_of(number)` says. Returns how many
// connections were over before nothing happened for `patience_millis`: all of them, it is hoped.
inline int RunRawPeers(uint16_t port, int count, size_t at_once_max,
                       const std::function<RawScript(int)>& script_of,
                       int patience_millis = 20000) {
  std::vector<RawPeer> peers;
  std::vector<pollfd> awaited;
  int started = 0;
  int over = 0;
  while (over < count) {
    while (started < count && peers.size() < at_once_max) {
      peers.emplace_back(port, script_of(started++));
    }
    awaited.clear();
    for (const RawPeer& peer : peers) awaited.push_back(peer.Awaits());
    if (poll(awaited.data(), awaited.size(), patience_millis) <= 0) return over;
    std::vector<RawPeer> left;
    for (size_t i = 0; i < peers.size(); ++i) {
      if (peers[i].GoOn(awaited[i].revents)) {
        left.push_back(std::move(peers[i]));
      } else {
        ++over;
      }
    }
    peers.swap(left);
  }
  return over;
}

}  // namespace rehearse

#endif  // REHEARSE_TESTS_INTEGRATION_RAW_PEERS_H_
