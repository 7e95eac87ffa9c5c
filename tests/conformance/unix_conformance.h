// What the Unix sockets of all Sockets promise besides what all sockets do.

#ifndef REHEARSE_TESTS_CONFORMANCE_UNIX_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_UNIX_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/tests/conformance/sockets_conformance.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

// Of a world whose sockets are Unix sockets.
class UnixConformance : public testing::TestWithParam<SocketsArm> {
 public:
  // On a fiber of node 0.
  void Run(std::function<void(Sockets&)> body) {
    world_->nodes().Run([&] { body(world_->sockets(0)); }, [] {});
  }

  const std::unique_ptr<SocketsWorld> world_ = GetParam().make();
};

TEST_P(UnixConformance, WhoSendsToNobodyIsTold) {
  Run([&](Sockets& sockets) {
    const auto socket = sockets.Bind(world_->any_port(0));
    ASSERT_TRUE(socket.ok()) << socket.status();
    const absl::Status sent = (*socket)->SendTo(world_->refusing(), "anybody?");
    ExpectCode(sent, absl::StatusCode::kUnavailable);
    EXPECT_TRUE(absl::StrContains(sent.message(), world_->refusing().ToString())) << sent;
  });
}

TEST_P(UnixConformance, WhoSendsTooMuchIsTold) {
  Run([&](Sockets& sockets) {
    const auto socket = sockets.Bind(world_->any_port(0));
    ASSERT_TRUE(socket.ok()) << socket.status();
    int sent = 0;
    absl::Status status;
    while (status.ok() && ++sent < 10000) status = (*socket)->SendTo((*socket)->address(), "x");
    ExpectCode(status, absl::StatusCode::kResourceExhausted);
    for (int i = 1; i < sent; ++i) EXPECT_TRUE((*socket)->ReceiveFrom(Instant()).ok());
    ExpectCode((*socket)->ReceiveFrom(Instant()).status(), absl::StatusCode::kDeadlineExceeded);
  });
}

TEST_P(UnixConformance, AFreeNameIsFoundForWhoWantsAny) {
  Run([](Sockets& sockets) {
    const auto first = sockets.Listen({"unix:@"});
    const auto second = sockets.Listen({"unix:@"});
    ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
    EXPECT_TRUE(absl::StartsWith((*first)->address().host, "unix:@"));
    EXPECT_GT((*first)->address().host.size(), 6u);
    EXPECT_NE((*first)->address(), (*second)->address());
    EXPECT_TRUE(sockets.Connect((*second)->address(), Instant::Infinite()).ok());
    ExpectCode(sockets.Listen((*second)->address()).status(), absl::StatusCode::kAlreadyExists);
    EXPECT_TRUE(sockets.Bind((*second)->address()).ok()) << "datagrams have names of their own";
  });
}

TEST_P(UnixConformance, TheLongestNameFitsAndOneMoreDoesNot) {
  Run([](Sockets& sockets) {
    const std::string longest = absl::StrCat("unix:@", std::string(106, 'x'));
    const auto listener = sockets.Listen({longest});
    ASSERT_TRUE(listener.ok()) << listener.status();
    EXPECT_EQ((*listener)->address().host, longest);
    EXPECT_TRUE(sockets.Connect({longest}, Instant::Infinite()).ok());
    for (const std::string& name : {longest + "x", absl::StrCat("unix:/", std::string(107, 'x'))}) {
      const absl::Status refused = sockets.Listen({name}).status();
      ExpectCode(refused, absl::StatusCode::kInvalidArgument);
      EXPECT_TRUE(absl::StrContains(refused.message(), "longer than 107 bytes")) << refused;
      ExpectCode(sockets.Bind({name}).status(), absl::StatusCode::kInvalidArgument);
      ExpectCode(sockets.Connect({name}, Instant()).status(), absl::StatusCode::kInvalidArgument);
    }
  });
}

TEST_P(UnixConformance, WhatIsNoNameIsInvalid) {
  Run([](Sockets& sockets) {
    for (const SocketAddress& address :
         {SocketAddress{"unix:"}, SocketAddress{"unix:x"}, SocketAddress{"unix:./x"},
          SocketAddress{"unix:@x", 1}, SocketAddress{std::string("unix:@\0x", 8)}}) {
      ExpectCode(sockets.Listen(address).status(), absl::StatusCode::kInvalidArgument);
      ExpectCode(sockets.Bind(address).status(), absl::StatusCode::kInvalidArgument);
      ExpectCode(sockets.Connect(address, Instant()).status(), absl::StatusCode::kInvalidArgument);
    }
  });
}

TEST_P(UnixConformance, APathIsOneSockets) {
  Run([&](Sockets& sockets) {
    const SocketAddress path = world_->any_port(0);
    const auto listener = sockets.Listen(path);
    ASSERT_TRUE(listener.ok()) << listener.status();
    ExpectCode(sockets.Bind(path).status(), absl::StatusCode::kAlreadyExists);
    (*listener)->Close();
    const auto bound = sockets.Bind(path);
    ASSERT_TRUE(bound.ok()) << bound.status();
    ExpectCode(sockets.Connect(path, Instant::Infinite()).status(), absl::StatusCode::kUnavailable);
    (*bound)->Close();
    EXPECT_TRUE(sockets.Listen(path).ok());
  });
}

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_UNIX_CONFORMANCE_H_
