// One stream of a yamux session: what has come in and is not read yet, and who may send how much.

#ifndef REHEARSE_NET_LIBP2P_YAMUX_YAMUX_STREAM_H_
#define REHEARSE_NET_LIBP2P_YAMUX_YAMUX_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// What each side may send before it is given more.
inline constexpr uint32_t kYamuxWindowBytes = 262144;

// The book-keeping alone: YamuxSession makes frames of it.
class YamuxStream {
 public:
  explicit YamuxStream(bool ours) : ours_(ours), acknowledged_(!ours) {}

  bool ours() const { return ours_; }

  // The peer's side.

  // Whether the peer may send so much.
  bool MayReceive(uint32_t bytes) const { return bytes <= receive_credit_; }
  void Charge(uint32_t bytes) { receive_credit_ -= bytes; }
  void Append(absl::string_view bytes) { received_.append(bytes.data(), bytes.size()); }
  void EndReceiving() { receive_ended_ = true; }

  // False: it is more than a window can be.
  bool AddSendCredit(uint32_t bytes);
  // Whether this is the first time.
  bool Acknowledge();

  // Ours.

  // Takes up to `bytes_max` of what has come in.
  size_t Take(size_t bytes_max, std::string& out);
  // The credit to give back now; 0 if it is too little to be worth a frame.
  uint32_t TakeUpdate();
  void Spend(uint32_t bytes) { send_credit_ -= bytes; }
  void EndSending() { send_ended_ = true; }

  // Neither side sends any more, for this reason; the first stays. What has come in is forgotten,
  // unless the peer had ended its side before: then it is whole, and can be read.
  void Break(const absl::Status& why);

  size_t buffered_bytes() const { return received_.size() - taken_; }
  uint32_t send_credit() const { return send_credit_; }
  bool acknowledged() const { return acknowledged_; }
  bool receive_ended() const { return receive_ended_; }
  bool send_ended() const { return send_ended_; }
  const absl::Status& broken() const { return broken_; }
  bool readable() const { return broken_.ok() || receive_ended_; }

 private:
  const bool ours_;
  bool acknowledged_;
  uint32_t receive_credit_ = kYamuxWindowBytes;
  uint32_t send_credit_ = kYamuxWindowBytes;
  uint32_t consumed_ = 0;  // since the last update
  bool receive_ended_ = false;
  bool send_ended_ = false;
  absl::Status broken_;
  std::string received_;
  size_t taken_ = 0;  // of it
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_YAMUX_YAMUX_STREAM_H_
