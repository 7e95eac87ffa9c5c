#include "rehearse/tests/namespaces/lan.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace rehearse {
namespace {

constexpr size_t kHosts = 3;
constexpr uint16_t kPort = 7000;
constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr absl::Duration kSilence = absl::Milliseconds(200);

sockaddr_in AddressOf(const std::string& ip) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  return address;
}

// A socket on each host, which stays there.
class LanTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("REHEARSE_WITHOUT_NAMESPACES") != nullptr) GTEST_SKIP();
    const absl::Status moved = MoveIntoOwnNamespace();
    ASSERT_TRUE(moved.ok()) << moved;
    auto lan = Lan::Make(kHosts, 1);
    ASSERT_TRUE(lan.ok()) << lan.status();
    lan_ = std::move(*lan);
    for (size_t host = 0; host < kHosts; ++host) {
      lan_->place(host).Run(
          [&] { sockets_[host] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); });
      const sockaddr_in own = AddressOf(lan_->ip(host));
      ASSERT_EQ(bind(sockets_[host], reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    }
  }
  ~LanTest() override {
    for (const int fd : sockets_) {
      if (fd >= 0) close(fd);
    }
  }

  void Send(size_t from, size_t to, const std::string& text) {
    const sockaddr_in address = AddressOf(lan_->ip(to));
    ASSERT_EQ(sendto(sockets_[from], text.data(), text.size(), 0,
                     reinterpret_cast<const sockaddr*>(&address), sizeof address),
              static_cast<ssize_t>(text.size()));
  }
  // What arrives there next; empty if nothing does.
  std::string Receive(size_t host, absl::Duration patience) {
    pollfd awaited = {sockets_[host], POLLIN, 0};
    if (poll(&awaited, 1, static_cast<int>(absl::ToInt64Milliseconds(patience))) != 1) return {};
    std::string text(2000, '\0');
    const ssize_t got = recv(sockets_[host], text.data(), text.size(), 0);
    text.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return text;
  }

  std::unique_ptr<Lan> lan_;
  int sockets_[kHosts] = {-1, -1, -1};
};

TEST_F(LanTest, HostsReachEachOther) {
  Send(0, 1, "to one");
  Send(2, 1, "and from two");
  const std::string first = Receive(1, kPatience);
  const std::string second = Receive(1, kPatience);
  EXPECT_EQ(first.size() + second.size(), std::string("to oneand from two").size());
  EXPECT_EQ(Receive(0, absl::ZeroDuration()), "");
}

TEST_F(LanTest, ACutCableCarriesNothingOneWay) {
  Send(0, 1, "here");  // and who is where is known from now on
  EXPECT_EQ(Receive(1, kPatience), "here");
  Send(1, 0, "and back");
  EXPECT_EQ(Receive(0, kPatience), "and back");
  lan_->cables().Cut(0, 1);
  Send(0, 1, "lost");
  EXPECT_EQ(Receive(1, kSilence), "");
  Send(1, 0, "the other way");
  EXPECT_EQ(Receive(0, kPatience), "the other way");
  EXPECT_GT(lan_->cables().counters().cut, 0);
  lan_->cables().HealAll();
  Send(0, 1, "healed");
  EXPECT_EQ(Receive(1, kPatience), "healed");
}

TEST_F(LanTest, CablesDelayDoubleAndLose) {
  Send(0, 1, "first");
  EXPECT_EQ(Receive(1, kPatience), "first");
  lan_->cables().SetCables({.delay_min = absl::Milliseconds(100),
                            .delay_max = absl::Milliseconds(100),
                            .duplicate = Ratio::Percent(100)});
  const absl::Time begin = absl::Now();
  Send(0, 1, "twice");
  EXPECT_EQ(Receive(1, kPatience), "twice");
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(100));
  EXPECT_EQ(Receive(1, kPatience), "twice");
  lan_->cables().SetCables({.loss = Ratio::Percent(100)});
  Send(0, 1, "lost");
  EXPECT_EQ(Receive(1, kSilence), "");
  EXPECT_GT(lan_->cables().counters().lost, 0);
}

TEST_F(LanTest, AProcessIsOnItsHostAndEndsWithTheTest) {
  const auto process =
      lan_->Start(1, {"/bin/sh", "-c", "ip -4 -o addr show eth0; echo said; sleep 1000"});
  ASSERT_TRUE(process->AwaitOutput("said", kPatience)) << process->err();
  EXPECT_TRUE(absl::StrContains(process->out(), lan_->ip(1))) << process->out();
}

}  // namespace
}  // namespace rehearse
