#include "rehearse/net/socket/testing/memory_sockets.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/socket/unix_address.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kIp = "127.0.0.1";
constexpr absl::string_view kAnyIp = "0.0.0.0";

bool IsUnix(const SocketAddress& address) { return UnixName(address.host).has_value(); }

bool IsPath(const SocketAddress& address) {
  return IsUnixPath(UnixName(address.host).value_or(""));
}

std::string KeyOf(const SocketAddress& address) {
  return IsUnix(address) ? address.host : absl::StrCat(address.port);
}

absl::Status InUse(absl::string_view what, const SocketAddress& who) {
  return absl::AlreadyExistsError(absl::StrCat(what, " ", who.ToString(), ": in use"));
}

absl::Status Unavailable(absl::string_view what, const SocketAddress& who, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat(what, " ", who.ToString(), ": ", why));
}

}  // namespace

// One direction of a connection.
struct MemorySockets::Pipe {
  std::string bytes;
  bool ended = false;  // by the writer
  bool reset = false;  // by either
  WaitToken reader;
  WaitToken writer;
};

class MemorySockets::End final : public StreamSocket {
 public:
  End(MemorySockets& sockets, SocketAddress peer, std::shared_ptr<Pipe> in,
      std::shared_ptr<Pipe> out)
      : sockets_(sockets), peer_(std::move(peer)), in_(std::move(in)), out_(std::move(out)) {}
  ~End() override { Close(); }

  absl::StatusOr<size_t> Read(size_t bytes_max, std::string& out, Instant deadline) override {
    while (!read_closed_) {
      if (!in_->bytes.empty()) {
        const size_t count = std::min(bytes_max, in_->bytes.size());
        out.append(in_->bytes, 0, count);
        in_->bytes.erase(0, count);
        Wake(in_->writer);
        return count;
      }
      if (in_->reset) return Unavailable("read from", peer_, "reset");
      if (in_->ended) return size_t{0};
      const WakeReason reason = sockets_.Await(in_->reader, deadline, "Read");
      if (reason != WakeReason::kNotified) {
        return WaitStatus(reason, absl::StrCat("read from ", peer_.ToString()));
      }
    }
    return Unavailable("read from", peer_, "it was closed here");
  }

  absl::Status Write(absl::string_view bytes, Instant deadline) override {
    while (!closed_) {
      if (out_->reset) return Unavailable("write to", peer_, "reset");
      if (bytes.empty()) return absl::OkStatus();
      const size_t room = sockets_.options_.window_bytes - out_->bytes.size();
      if (const size_t count = std::min(room, bytes.size()); count > 0) {
        ++sockets_.writes;
        out_->bytes.append(bytes.data(), count);
        bytes.remove_prefix(count);
        Wake(out_->reader);
        continue;
      }
      const WakeReason reason = sockets_.Await(out_->writer, deadline, "Write");
      if (reason != WakeReason::kNotified) {
        return WaitStatus(reason, absl::StrCat("write to ", peer_.ToString()));
      }
    }
    return Unavailable("write to", peer_, "it was closed here");
  }

  void CloseRead() override {
    read_closed_ = true;
    Wake(in_->reader);
  }

  void Close() override {
    if (std::exchange(closed_, true)) return;
    read_closed_ = true;
    out_->ended = true;
    in_->reset = true;  // whoever writes to it is told
    if (!in_->bytes.empty()) out_->reset = true;
    for (Pipe* const pipe : {in_.get(), out_.get()}) {
      Wake(pipe->reader);
      Wake(pipe->writer);
    }
  }

  SocketAddress peer() const override { return peer_; }

 private:
  MemorySockets& sockets_;
  const SocketAddress peer_;
  const std::shared_ptr<Pipe> in_;
  const std::shared_ptr<Pipe> out_;
  bool read_closed_ = false;
  bool closed_ = false;
};

class MemorySockets::Port final : public ListenSocket {
 public:
  Port(MemorySockets& sockets, SocketAddress address)
      : sockets_(sockets), address_(std::move(address)) {
    sockets_.ports_.emplace(KeyOf(address_), this);
  }
  ~Port() override { Close(); }

  absl::StatusOr<std::unique_ptr<StreamSocket>> Accept() override {
    while (!closed_) {
      if (!waiting_.empty() && sockets_.exhausted_accepts > 0) {
        --sockets_.exhausted_accepts;
        return absl::ResourceExhaustedError(
            absl::StrCat("accept at ", address_.ToString(), ": out of descriptors"));
      }
      if (!waiting_.empty()) {
        std::unique_ptr<StreamSocket> socket = std::move(waiting_.front());
        waiting_.pop_front();
        return socket;
      }
      const WakeReason reason = sockets_.Await(acceptor_, Instant::Infinite(), "Accept");
      if (reason != WakeReason::kNotified) {
        return WaitStatus(reason, absl::StrCat("accept at ", address_.ToString()));
      }
    }
    return Unavailable("accept at", address_, "it was closed here");
  }

  void Close() override {
    if (std::exchange(closed_, true)) return;
    sockets_.ports_.erase(KeyOf(address_));
    waiting_.clear();
    Wake(acceptor_);
  }

  SocketAddress address() const override { return address_; }

  void Offer(std::unique_ptr<StreamSocket> socket) {
    waiting_.push_back(std::move(socket));
    Wake(acceptor_);
  }

 private:
  MemorySockets& sockets_;
  const SocketAddress address_;
  bool closed_ = false;
  std::deque<std::unique_ptr<StreamSocket>> waiting_;
  WaitToken acceptor_;
};

// Where datagrams wait.
class MemorySockets::Box final : public DatagramSocket {
 public:
  Box(MemorySockets& sockets, SocketAddress address)
      : sockets_(sockets), address_(std::move(address)) {
    sockets_.boxes_.emplace(KeyOf(address_), this);
  }
  ~Box() override { Close(); }

  absl::Status SendTo(const SocketAddress& to, absl::string_view bytes) override {
    if (absl::Status status = CheckDatagram(address_, to, bytes.size()); !status.ok()) {
      return status;
    }
    if (closed_) return Unavailable("send to", to, "it was closed here");
    const auto there = sockets_.boxes_.find(KeyOf(to));
    const bool heard = (IsUnix(to) || to.host == kIp) && there != sockets_.boxes_.end();
    if (!heard) return IsUnix(to) ? Unavailable("send to", to, "nobody has it") : absl::OkStatus();
    const bool fits = there->second->Take(address_, bytes);
    if (fits || !IsUnix(to)) return absl::OkStatus();
    return absl::ResourceExhaustedError(absl::StrCat("send to ", to.ToString(), ": it is full"));
  }

  absl::Status SendBatch(const SocketAddress& to, absl::string_view bytes, size_t each) override {
    REHEARSE_RETURN_IF_ERROR(CheckBatch(address_, to, bytes.size(), each));
    for (; !bytes.empty(); bytes.remove_prefix(std::min(each, bytes.size()))) {
      REHEARSE_RETURN_IF_ERROR(SendTo(to, bytes.substr(0, each)));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<DatagramBatch> ReceiveBatch(Instant deadline) override {
    REHEARSE_ASSIGN_OR_RETURN(Datagram first, ReceiveFrom(deadline));
    DatagramBatch batch(std::move(first));
    while (!waiting_.empty() && batch.TryAppend(waiting_.front())) waiting_.pop_front();
    return batch;
  }

  void NeverFragment() override {}

  absl::StatusOr<Datagram> ReceiveFrom(Instant deadline) override {
    while (!closed_) {
      if (!waiting_.empty()) {
        Datagram next = std::move(waiting_.front());
        waiting_.pop_front();
        return next;
      }
      const WakeReason reason = sockets_.Await(receiver_, deadline, "ReceiveFrom");
      if (reason != WakeReason::kNotified) {
        return WaitStatus(reason, absl::StrCat("receive at ", address_.ToString()));
      }
    }
    return Unavailable("receive at", address_, "it was closed here");
  }

  void Close() override {
    if (std::exchange(closed_, true)) return;
    sockets_.boxes_.erase(KeyOf(address_));
    waiting_.clear();
    Wake(receiver_);
  }

  SocketAddress address() const override { return address_; }

 private:
  // False: there is no room.
  bool Take(const SocketAddress& from, absl::string_view bytes) {
    if (waiting_.size() >= sockets_.options_.datagrams_max) return false;
    waiting_.push_back(
        {IsUnix(from) ? from : SocketAddress{std::string(kIp), from.port}, std::string(bytes)});
    Wake(receiver_);
    return true;
  }

  MemorySockets& sockets_;
  const SocketAddress address_;
  bool closed_ = false;
  std::deque<Datagram> waiting_;
  WaitToken receiver_;
};

absl::StatusOr<std::unique_ptr<ListenSocket>> MemorySockets::Listen(const SocketAddress& address) {
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress own, Own("listen on", address));
  const std::string key = KeyOf(own);
  const bool taken = ports_.contains(key) || (IsPath(own) && boxes_.contains(key));
  if (taken) return InUse("listen on", own);
  return std::make_unique<Port>(*this, own);
}

absl::StatusOr<std::unique_ptr<DatagramSocket>> MemorySockets::Bind(const SocketAddress& address) {
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress own, Own("bind", address));
  const std::string key = KeyOf(own);
  const bool taken = boxes_.contains(key) || (IsPath(own) && ports_.contains(key));
  if (taken) return InUse("bind", own);
  return std::make_unique<Box>(*this, own);
}

absl::StatusOr<std::unique_ptr<StreamSocket>> MemorySockets::Connect(const SocketAddress& address,
                                                                     Instant deadline) {
  REHEARSE_RETURN_IF_ERROR(CheckUnixAddress("connect to", address));
  if (!IsUnix(address) && address.host != kIp) {
    return absl::InvalidArgumentError(absl::StrCat("connect to ", address.ToString()));
  }
  if (address.port == kSilentPort || address.host == UnixHost(kSilentName)) {
    WaitToken nobody;
    return WaitStatus(Await(nobody, deadline, "Connect"),
                      absl::StrCat("connect to ", address.ToString()));
  }
  const auto port = ports_.find(KeyOf(address));
  if (port == ports_.end()) return Unavailable("connect to", address, "refused");
  const auto there = std::make_shared<Pipe>();
  const auto back = std::make_shared<Pipe>();
  const SocketAddress dialer =
      IsUnix(address) ? SocketAddress{UnixHost("")} : SocketAddress{std::string(kIp), next_port_++};
  port->second->Offer(std::make_unique<End>(*this, dialer, there, back));
  return std::make_unique<End>(*this, address, back, there);
}

absl::StatusOr<SocketAddress> MemorySockets::Own(absl::string_view what,
                                                 const SocketAddress& address) {
  REHEARSE_RETURN_IF_ERROR(CheckUnixAddress(what, address));
  if (address.host == UnixHost("@"))
    return SocketAddress{UnixHost(absl::StrCat("@", next_port_++))};
  if (IsUnix(address)) return address;
  if (address.host != kIp && address.host != kAnyIp) {
    return absl::InvalidArgumentError(absl::StrCat(what, " ", address.ToString()));
  }
  return SocketAddress{address.host, address.port == 0 ? next_port_++ : address.port};
}

WakeReason MemorySockets::Await(WaitToken& waiter, Instant deadline, const char* where) {
  Wait wait(scheduler_, where);
  waiter = wait.token();
  return wait.Until(deadline);
}

}  // namespace rehearse::net
