// Messages on a stream of bytes as libp2p delimits them: a varint of the length, then the message.

#ifndef REHEARSE_NET_CODEC_DELIMITED_H_
#define REHEARSE_NET_CODEC_DELIMITED_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// Takes a stream in pieces of any size and gives out its messages. Holds what was fed and not given
// out; what a peer only announces takes no memory.
class DelimitedReader {
 public:
  explicit DelimitedReader(size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  void Feed(absl::string_view bytes);

  // The next message, a view until the next Feed; nothing if it is not complete yet.
  //   kDataLoss  it is longer than it may be, or its length is no varint. Close the stream; every
  //              later call gives the same answer.
  absl::StatusOr<std::optional<absl::string_view>> Next();

  // Not zero at the stream's end: the peer stopped within a message.
  size_t pending_bytes() const { return buffer_.size() - taken_; }

 private:
  const size_t message_bytes_max_;
  std::string buffer_;
  size_t taken_ = 0;  // of it
  absl::Status error_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_DELIMITED_H_
