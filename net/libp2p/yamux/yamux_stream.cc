#include "rehearse/net/libp2p/yamux/yamux_stream.h"

#include <algorithm>
#include <utility>

namespace rehearse::net {

bool YamuxStream::AddSendCredit(uint32_t bytes) {
  if (bytes > UINT32_MAX - send_credit_) return false;
  send_credit_ += bytes;
  return true;
}

bool YamuxStream::Acknowledge() { return !std::exchange(acknowledged_, true); }

size_t YamuxStream::Take(size_t bytes_max, std::string& out) {
  const size_t count = std::min(bytes_max, buffered_bytes());
  out.append(received_, taken_, count);
  taken_ += count;
  consumed_ += static_cast<uint32_t>(count);
  // Moving the rest only when it is the smaller part makes each byte move once on average; and who
  // has read everything holds nothing.
  if (taken_ == received_.size()) {
    received_ = std::string();
    taken_ = 0;
  } else if (taken_ > received_.size() / 2) {
    received_.erase(0, std::exchange(taken_, 0));
  }
  return count;
}

uint32_t YamuxStream::TakeUpdate() {
  if (consumed_ < kYamuxWindowBytes / 2 || receive_ended_ || !broken_.ok()) return 0;
  receive_credit_ += consumed_;
  return std::exchange(consumed_, 0);
}

void YamuxStream::Break(const absl::Status& why) {
  if (!broken_.ok()) return;
  broken_ = why;
  if (receive_ended_) return;
  received_ = std::string();
  taken_ = 0;
}

}  // namespace rehearse::net
