#include "rehearse/sim/network/sim_network.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/sim/network/sim_endpoint.h"

namespace rehearse::sim {
namespace {

class SimStream final : public net::Stream {
 public:
  explicit SimStream(std::shared_ptr<SimEndpoint> endpoint) : endpoint_(std::move(endpoint)) {}
  ~SimStream() override { endpoint_->Close(); }
  absl::Status Write(std::string&& frame, Instant deadline) override {
    return endpoint_->Write(std::move(frame), deadline);
  }
  absl::StatusOr<std::string> Read(Instant deadline) override { return endpoint_->Read(deadline); }
  void Close() override { endpoint_->Close(); }
  std::string peer() const override { return endpoint_->peer_name(); }

 private:
  const std::shared_ptr<SimEndpoint> endpoint_;
};

class SimListener final : public net::Listener {
 public:
  explicit SimListener(std::shared_ptr<SimAcceptor> acceptor) : acceptor_(std::move(acceptor)) {}
  ~SimListener() override { acceptor_->Close(); }

  absl::StatusOr<std::unique_ptr<net::Stream>> Accept() override {
    REHEARSE_ASSIGN_OR_RETURN(std::shared_ptr<SimEndpoint> endpoint, acceptor_->Accept());
    return std::make_unique<SimStream>(std::move(endpoint));
  }
  void Close() override { acceptor_->Close(); }
  std::string address() const override { return acceptor_->address(); }

 private:
  const std::shared_ptr<SimAcceptor> acceptor_;
};

// The host's name in "/sim/NAME" or "/sim/NAME/PORT"; empty if it is no such address.
absl::string_view HostOf(absl::string_view address) {
  constexpr absl::string_view kPrefix = "/sim/";
  if (!absl::StartsWith(address, kPrefix)) return "";
  address.remove_prefix(kPrefix.size());
  return address.substr(0, address.find('/'));
}

absl::Status BadAddress(absl::string_view what, absl::string_view address) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " ", address, ": a simulated node's address is /sim/NAME"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<net::Listener>> SimNetwork::Listen(absl::string_view address) {
  if (HostOf(address) != hub_.fabric().host_name(host_)) return BadAddress("listen at", address);
  REHEARSE_ASSIGN_OR_RETURN(std::shared_ptr<SimAcceptor> acceptor, hub_.Listen(host_, address));
  return std::make_unique<SimListener>(std::move(acceptor));
}

absl::StatusOr<std::unique_ptr<net::Stream>> SimNetwork::Dial(absl::string_view address,
                                                              Instant deadline) {
  const absl::optional<NodeId> to = hub_.fabric().FindHost(HostOf(address));
  if (!to.has_value()) return BadAddress("dial", address);
  REHEARSE_ASSIGN_OR_RETURN(std::shared_ptr<SimEndpoint> endpoint,
                            hub_.Dial(host_, *to, address, deadline));
  return std::make_unique<SimStream>(std::move(endpoint));
}

}  // namespace rehearse::sim
