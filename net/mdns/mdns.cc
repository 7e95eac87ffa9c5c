#include "rehearse/net/mdns/mdns.h"

#include <mutex>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/task.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;

// The host is out of memory: it is tried again after this.
constexpr absl::Duration kBreath = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<std::shared_ptr<Mdns>> Mdns::Start(Parts parts, LanPeer self,
                                                  const MdnsOptions& options) {
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<GroupSocket> socket,
                            parts.multicast.Join(options.group));
  Node& node = parts.node;
  std::shared_ptr<Mdns> mdns(
      new Mdns(std::move(parts), std::move(socket), std::move(self), options));
  Task::Start(node, "mdns", [mdns] { mdns->Run(); }).Unref();
  return mdns;
}

Mdns::Mdns(Parts parts, std::unique_ptr<GroupSocket> socket, LanPeer self,
           const MdnsOptions& options)
    : parts_(std::move(parts)),
      log_(parts_.node.log(), 1),
      socket_(std::move(socket)),
      core_(std::move(self), parts_.multicast.OwnIps(), options, parts_.node.random("mdns"),
            parts_.node.clock().Now()) {}

void Mdns::Run() {
  absl::Status status;
  while (status.ok()) status = Hear(Tick());
  {
    const Guard lock(lock_);
    if (core_.has_left() || absl::IsCancelled(status)) return;
  }
  parts_.node.log().Write(Severity::kError, absl::StrCat("mdns ends: ", status.message()));
}

// When to come back.
Instant Mdns::Tick() {
  std::vector<std::string> sends;
  std::vector<LanPeer> found;
  Instant next;
  {
    const Guard lock(lock_);
    core_.Tick(parts_.node.clock().Now());
    sends = core_.TakeSends();
    found = core_.TakeFound();
    next = core_.next_tick();
  }
  for (const LanPeer& peer : found) parts_.found(peer);
  Send(sends);
  return next.infinite() ? next : parts_.node.clock().ToTimebase(next);
}

// Not OK: it is over.
absl::Status Mdns::Hear(Instant deadline) {
  const absl::StatusOr<Datagram> datagram = socket_->Receive(deadline);
  if (datagram.ok()) {
    const Guard lock(lock_);
    core_.OnDatagram(*datagram, parts_.node.clock().Now());
    return absl::OkStatus();
  }
  if (absl::IsDeadlineExceeded(datagram.status())) return absl::OkStatus();
  if (absl::IsResourceExhausted(datagram.status())) return Sleep(kBreath);
  return datagram.status();
}

// What is lost here is as good as lost on the way: it is said again.
void Mdns::Send(const std::vector<std::string>& datagrams) {
  for (const std::string& datagram : datagrams) {
    const absl::Status status = socket_->Send(datagram);
    if (status.ok()) continue;
    log_.Write(parts_.node.clock().Now(), absl::StrCat("mdns: ", status.message()));
  }
}

std::vector<LanPeer> Mdns::Present() const {
  const Guard lock(lock_);
  return core_.Present(parts_.node.clock().Now());
}

MdnsCounters Mdns::counters() const {
  const Guard lock(lock_);
  return core_.counters();
}

void Mdns::Leave() {
  std::vector<std::string> goodbye;
  {
    const Guard lock(lock_);
    core_.Leave();
    goodbye = core_.TakeSends();
  }
  Send(goodbye);
  socket_->Close();
}

}  // namespace rehearse::net
