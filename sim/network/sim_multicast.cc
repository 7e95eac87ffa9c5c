#include "rehearse/sim/network/sim_multicast.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/sim/network/sim_sockets.h"

namespace rehearse::sim {
namespace {

class SimGroupSocket final : public net::GroupSocket {
 public:
  SimGroupSocket(SimDatagrams& datagrams, NodeId host, SimGroup group)
      : datagrams_(datagrams),
        host_(host),
        group_(std::move(group)),
        bag_(datagrams.Join(host, group_)) {}
  ~SimGroupSocket() override { bag_->Close(); }

  absl::Status Send(absl::string_view bytes) override {
    const net::SocketAddress group = {group_.ip, group_.port};
    REHEARSE_RETURN_IF_ERROR(net::CheckDatagram(group, group, bytes.size()));
    if (bag_->closed()) {
      return absl::UnavailableError(
          absl::StrCat("send to ", group.ToString(), ": it was closed here"));
    }
    datagrams_.SendToGroup(host_, group_, bytes);
    return absl::OkStatus();
  }
  absl::StatusOr<net::Datagram> Receive(Instant deadline) override {
    REHEARSE_ASSIGN_OR_RETURN(SimMailBag::Letter letter, bag_->Receive(deadline));
    return net::Datagram{{SimSockets::IpOf(letter.from.host), letter.from.number},
                         std::move(letter.bytes)};
  }
  void Close() override { bag_->Close(); }

 private:
  SimDatagrams& datagrams_;
  const NodeId host_;
  const SimGroup group_;
  const std::shared_ptr<SimMailBag> bag_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<net::GroupSocket>> SimMulticast::Join(
    const net::SocketAddress& group) {
  REHEARSE_RETURN_IF_ERROR(net::CheckGroup(group));
  return std::make_unique<SimGroupSocket>(datagrams_, host_, SimGroup{group.host, group.port});
}

std::vector<std::string> SimMulticast::OwnIps() const { return {SimSockets::IpOf(host_)}; }

}  // namespace rehearse::sim
