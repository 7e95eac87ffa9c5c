#include "rehearse/tests/namespaces/frame_switch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "rehearse/actor/env/check.h"

namespace rehearse {
namespace {

constexpr size_t kFrameBytesMax = size_t{1} << 16;
constexpr int kLookMilliseconds = 20;  // for the end, when nothing else is to do

int OpenPort(const std::string& interface) {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
  REHEARSE_CHECK(fd >= 0, "no packet socket to be had");
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  REHEARSE_CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
                 "no interface " + interface);
  return fd;
}

}  // namespace

FrameSwitch::FrameSwitch(const std::vector<std::string>& interfaces, uint64_t seed)
    : chance_(Random(seed).Split("frame switch")) {
  for (const std::string& interface : interfaces) sockets_.push_back(OpenPort(interface));
  thread_ = std::thread([this] { Run(); });
}

FrameSwitch::~FrameSwitch() {
  stops_ = true;
  thread_.join();
  for (const int fd : sockets_) close(fd);
}

void FrameSwitch::SetCables(const CableOptions& options) {
  const std::lock_guard lock(mutex_);
  options_ = options;
}

void FrameSwitch::Cut(size_t from, size_t to) {
  const std::lock_guard lock(mutex_);
  cut_.insert({from, to});
}

void FrameSwitch::Isolate(size_t port) {
  for (size_t other = 0; other < sockets_.size(); ++other) {
    if (other == port) continue;
    Cut(port, other);
    Cut(other, port);
  }
}

void FrameSwitch::HealAll() {
  const std::lock_guard lock(mutex_);
  cut_.clear();
}

std::string FrameSwitch::HostMac(size_t port) {
  return absl::StrFormat("02:00:00:00:00:%02x", port);
}

void FrameSwitch::Run() {
  std::vector<pollfd> awaited;
  for (const int fd : sockets_) awaited.push_back({fd, POLLIN, 0});
  while (!stops_) {
    (void)poll(awaited.data(), awaited.size(), MillisecondsToWait());
    for (size_t port = 0; port < awaited.size(); ++port) {
      if ((awaited[port].revents & POLLIN) != 0) TakeIn(port);
    }
    DeliverDue();
  }
}

// All that is there. What this end itself sends is shown as well.
void FrameSwitch::TakeIn(size_t port) {
  std::string frame(kFrameBytesMax, '\0');
  while (true) {
    sockaddr_ll from = {};
    socklen_t size = sizeof from;
    const ssize_t got = recvfrom(sockets_[port], frame.data(), frame.size(), 0,
                                 reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0) return;
    if (from.sll_pkttype == PACKET_OUTGOING || got < ETH_HLEN) continue;
    const std::string whole = frame.substr(0, static_cast<size_t>(got));
    const bool to_all = (whole[0] & 1) != 0;
    const size_t to = static_cast<unsigned char>(whole[ETH_ALEN - 1]);
    for (size_t other = 0; other < sockets_.size(); ++other) {
      if (other != port && (to_all || other == to)) Send(port, other, whole);
    }
  }
}

void FrameSwitch::Send(size_t from, size_t to, const std::string& frame) {
  const std::lock_guard lock(mutex_);
  if (cut_.count({from, to}) > 0) {
    ++counters_.cut;
  } else if (chance_.Chance(options_.loss)) {
    ++counters_.lost;
  } else {
    PutOnItsWay(to, frame);
    if (!chance_.Chance(options_.duplicate)) return;
    ++counters_.duplicated;
    PutOnItsWay(to, frame);
  }
}

void FrameSwitch::PutOnItsWay(size_t to, const std::string& frame) {
  if (waiting_.size() >= kWaitingMax) {
    ++counters_.overflowed;
    return;
  }
  const auto delay = absl::Nanoseconds(chance_.Between(
      absl::ToInt64Nanoseconds(options_.delay_min), absl::ToInt64Nanoseconds(options_.delay_max)));
  waiting_.insert({absl::Now() + delay, {to, frame}});
}

// What a full queue of the kernel's refuses is lost, as it would be.
void FrameSwitch::DeliverDue() {
  const absl::Time now = absl::Now();
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const Frame& frame = waiting_.begin()->second;
    if (send(sockets_[frame.to], frame.bytes.data(), frame.bytes.size(), 0) > 0) {
      ++counters_.delivered;
    }
    waiting_.erase(waiting_.begin());
  }
}

int FrameSwitch::MillisecondsToWait() const {
  if (waiting_.empty()) return kLookMilliseconds;
  const absl::Duration left = waiting_.begin()->first - absl::Now();
  const int64_t milliseconds = absl::ToInt64Milliseconds(left + absl::Microseconds(999));
  return static_cast<int>(std::clamp<int64_t>(milliseconds, 0, kLookMilliseconds));
}

}  // namespace rehearse
