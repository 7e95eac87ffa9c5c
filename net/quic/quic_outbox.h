// Packets on their way to the socket: those that go to one address, one behind the other, leave in
// one call.

#ifndef REHEARSE_NET_QUIC_QUIC_OUTBOX_H_
#define REHEARSE_NET_QUIC_QUIC_OUTBOX_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// For one fiber. A packet that can't be sent is a lost one.
class QuicOutbox {
 public:
  explicit QuicOutbox(DatagramSocket& socket) : socket_(socket) {}

  void Add(const SocketAddress& to, absl::string_view packet) {
    if (!FitsBehind(to, packet.size())) Flush();
    if (bytes_.empty()) {
      to_ = to;
      each_ = packet.size();
    }
    bytes_.append(packet.data(), packet.size());
    ++count_;
  }

  // Sends what is there.
  void Flush() {
    if (count_ == 0) return;
    socket_.SendBatch(to_, bytes_, each_).IgnoreError();
    bytes_.clear();
    count_ = 0;
  }

 private:
  bool FitsBehind(const SocketAddress& to, size_t size) const {
    const bool whole = bytes_.size() == count_ * each_;  // no shorter one ends it
    return count_ > 0 && whole && size <= each_ && count_ < DatagramBatch::kDatagramsMax &&
           bytes_.size() + size <= kDatagramBytesMax && to == to_;
  }

  DatagramSocket& socket_;
  SocketAddress to_;
  std::string bytes_;
  size_t each_ = 0;
  size_t count_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_OUTBOX_H_
