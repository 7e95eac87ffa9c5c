// A port of the loopback where somebody is, and never says a word.

#ifndef REHEARSE_TESTS_CONFORMANCE_HELD_PORT_H_
#define REHEARSE_TESTS_CONFORMANCE_HELD_PORT_H_

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace rehearse {

// Holds it until it goes; without `Listen` the kernel refuses who dials it by a stream.
class HeldPort {
 public:
  // Of SOCK_STREAM or SOCK_DGRAM.
  explicit HeldPort(int type) : fd_(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~HeldPort() { close(fd_); }
  HeldPort(const HeldPort&) = delete;
  HeldPort& operator=(const HeldPort&) = delete;

  // Who dials is connected from now on.
  void Listen() { EXPECT_EQ(listen(fd_, 16), 0); }
  int port() const { return port_; }

 private:
  const int fd_;
  int port_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_CONFORMANCE_HELD_PORT_H_
