#include "rehearse/tests/namespaces/lan.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse {
namespace {

constexpr char kHostInterface[] = "eth0";

// The host itself computes checksums and cuts what it sends into frames, so that what the switch
// sees, loses and doubles is what a cable carries.
absl::Status LeaveNothingToTheCard() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ethtool_value off = {ETHTOOL_STXCSUM, 0};
  ifreq request = {};
  std::strncpy(request.ifr_name, kHostInterface, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&off);
  const bool done = ioctl(fd, SIOCETHTOOL, &request) == 0;
  close(fd);
  return done ? absl::OkStatus() : absl::UnavailableError("veth keeps its checksums to itself");
}

absl::Status SetUpHost(const std::string& ip, size_t host) {
  REHEARSE_RETURN_IF_ERROR(RunIp(absl::StrCat(
      "link set lo up\nlink set ", kHostInterface, " address ", FrameSwitch::HostMac(host),
      " up\naddr add ", ip, "/24 dev ", kHostInterface, "\n")));
  return LeaveNothingToTheCard();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Lan>> Lan::Make(size_t hosts, uint64_t seed) {
  std::unique_ptr<Lan> lan(new Lan);
  std::vector<std::string> ports;
  for (size_t host = 0; host < hosts; ++host) {
    REHEARSE_ASSIGN_OR_RETURN(NetNamespace place, NetNamespace::Make());
    ports.push_back(absl::StrCat("port", host));
    REHEARSE_RETURN_IF_ERROR(
        RunIp(absl::StrCat("link add ", ports.back(), " type veth peer name ", kHostInterface,
                           " netns ", place.path(), "\nlink set ", ports.back(), " up\n")));
    absl::Status status;
    place.Run([&] { status = SetUpHost(lan->ip(host), host); });
    REHEARSE_RETURN_IF_ERROR(status);
    lan->hosts_.push_back(std::move(place));
  }
  lan->switch_ = std::make_unique<FrameSwitch>(ports, seed);
  return lan;
}

std::string Lan::ip(size_t host) const { return absl::StrCat("10.77.0.", host + 1); }

std::unique_ptr<ChildProcess> Lan::Start(size_t host,
                                         const std::vector<std::string>& arguments) const {
  std::vector<std::string> all = {"/usr/bin/setpriv", "--pdeathsig", "KILL", "--"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::unique_ptr<ChildProcess> process;
  hosts_[host].Run([&] { process = std::make_unique<ChildProcess>(all); });
  return process;
}

}  // namespace rehearse
