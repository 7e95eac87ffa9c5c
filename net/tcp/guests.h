// Connections in their handshakes: known to the listener, so that its end is theirs.

#ifndef REHEARSE_NET_TCP_GUESTS_H_
#define REHEARSE_NET_TCP_GUESTS_H_

#include <cstdint>
#include <map>
#include <mutex>

#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class Guests {
 public:
  // One of them, as long as this lives. Who makes one looks afterwards whether the listener is
  // closed: CloseAll may have been before.
  class Guest {
   public:
    Guest(Guests& guests, StreamSocket& socket) : guests_(guests) {
      const std::lock_guard<SpinLock> lock(guests_.lock_);
      number_ = guests_.next_++;
      guests_.sockets_.emplace(number_, &socket);
    }
    ~Guest() {
      const std::lock_guard<SpinLock> lock(guests_.lock_);
      guests_.sockets_.erase(number_);
    }
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;

   private:
    Guests& guests_;
    uint64_t number_;
  };

  void CloseAll() {
    const std::lock_guard<SpinLock> lock(lock_);
    for (const auto& [number, socket] : sockets_) socket->Close();
  }

 private:
  SpinLock lock_;
  uint64_t next_ = 0;
  std::map<uint64_t, StreamSocket*> sockets_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_GUESTS_H_
