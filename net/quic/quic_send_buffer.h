// What was written to a stream and not yet acknowledged, at addresses that do not move.

#ifndef REHEARSE_NET_QUIC_QUIC_SEND_BUFFER_H_
#define REHEARSE_NET_QUIC_QUIC_SEND_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace rehearse::net {

class QuicSendBuffer {
 public:
  void Append(std::string bytes) {
    if (bytes.empty()) return;
    if (!chunks_.has_value()) chunks_.emplace();
    chunks_->push_back(std::move(bytes));
  }

  // Calls `take` with the unsent pieces, in order, as long as it returns true.
  template <typename Take>
  void ForUnsent(Take take) const {
    if (!chunks_.has_value()) return;
    size_t skip = sent_of_next_;
    for (size_t i = next_; i < chunks_->size(); ++i) {
      if (!take(absl::string_view((*chunks_)[i]).substr(skip))) return;
      skip = 0;
    }
  }
  bool has_unsent() const { return chunks_.has_value() && next_ < chunks_->size(); }

  // `count` more bytes are on their way.
  void OnSent(size_t count) {
    while (count > 0) {
      const size_t left = (*chunks_)[next_].size() - sent_of_next_;
      if (count < left) {
        sent_of_next_ += count;
        return;
      }
      count -= left;
      ++next_;
      sent_of_next_ = 0;
    }
  }

  // All up to `offset`, counted from the stream's begin, has arrived.
  void OnAcked(uint64_t offset) {
    while (next_ > 0 && begin_ + chunks_->front().size() <= offset) {
      begin_ += chunks_->front().size();
      chunks_->pop_front();
      --next_;
    }
  }

 private:
  // None as long as nothing was written: an empty deque takes 640 bytes, and a peer may open many
  // streams that are never answered.
  std::optional<std::deque<std::string>> chunks_;
  uint64_t begin_ = 0;       // the first chunk's offset
  size_t next_ = 0;          // the first chunk that is not all sent
  size_t sent_of_next_ = 0;  // bytes of it
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_SEND_BUFFER_H_
