#include "rehearse/tests/integration/bad_peer_runner.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "rehearse/actor/env/check.h"

namespace rehearse {
namespace {

constexpr int kTickMillis = 50;

// One peer's. It ends by a reset, so that no port is kept busy afterwards.
class Connection {
 public:
  Connection(uint16_t port, std::unique_ptr<BadPeer> peer) : peer_(std::move(peer)) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    REHEARSE_CHECK(fd_ >= 0, "out of descriptors");
    const linger reset = {1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      REHEARSE_CHECK(errno == EINPROGRESS, "loopback refuses");
    }
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  pollfd Awaits() const {
    const bool writes = !connected_ || !unsent_.empty();
    return {fd_, static_cast<int16_t>(writes ? POLLIN | POLLOUT : POLLIN), 0};
  }

  // `events` came. False: the connection is over.
  bool GoOn(int16_t events) {
    if (!connected_ && (events & (POLLOUT | POLLERR | POLLHUP)) != 0) {
      connected_ = true;
      unsent_ += peer_->Begin();
    }
    if ((events & (POLLIN | POLLERR | POLLHUP)) != 0 && !Read()) return false;
    return Flush() && !(peer_->leaves() && unsent_.empty());
  }
  bool Tick() {
    if (connected_) unsent_ += peer_->Tick();
    return Flush();
  }

 private:
  bool Read() {
    std::array<char, 4096> bytes;
    const ssize_t count = recv(fd_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return count < 0 && errno == EAGAIN;
    unsent_ += peer_->Hear(absl::string_view(bytes.data(), static_cast<size_t>(count)));
    return true;
  }
  bool Flush() {
    if (unsent_.empty()) return true;
    const ssize_t count = send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN;
    unsent_.erase(0, static_cast<size_t>(count));
    return true;
  }

  const std::unique_ptr<BadPeer> peer_;
  int fd_ = -1;
  bool connected_ = false;
  std::string unsent_;
};

}  // namespace

int RunBadPeers(uint16_t port, const BadPeerRun& run,
                const std::function<std::unique_ptr<BadPeer>(int)>& make) {
  std::vector<std::unique_ptr<Connection>> connections;
  std::vector<pollfd> awaited;
  int started = 0;
  int over = 0;
  int silent_millis = 0;
  while (over < run.count && silent_millis < run.patience_millis) {
    while (started < run.count && connections.size() < run.at_once_max) {
      connections.push_back(std::make_unique<Connection>(port, make(started++)));
    }
    awaited.clear();
    for (const auto& connection : connections) awaited.push_back(connection->Awaits());
    const int happened = poll(awaited.data(), awaited.size(), kTickMillis);
    silent_millis = happened == 0 ? silent_millis + kTickMillis : 0;
    std::vector<std::unique_ptr<Connection>> left;
    for (size_t i = 0; i < connections.size(); ++i) {
      const bool goes_on =
          happened == 0 ? connections[i]->Tick() : connections[i]->GoOn(awaited[i].revents);
      if (goes_on) {
        left.push_back(std::move(connections[i]));
      } else {
        ++over;
      }
    }
    connections.swap(left);
  }
  return over;
}

}  // namespace rehearse
