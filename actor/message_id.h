// The name of a message type on which all nodes agree.
//
// A C++ type has another name in each build and language; a uuid from the schema stays the same as
// long as the message means the same. `uuidgen` makes one.

#ifndef REHEARSE_ACTOR_MESSAGE_ID_H_
#define REHEARSE_ACTOR_MESSAGE_ID_H_

#include <compare>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse {

// The 128 bits of a uuid, as two big-endian halves. All zeros is no message.
struct MessageId {
  uint64_t high = 0;
  uint64_t low = 0;

  // "3b9128f1-0593-44a0-b83a-f4188baa05bf", in digits of either case.
  //   kInvalidArgument  anything else, and the uuid of all zeros.
  static absl::StatusOr<MessageId> Parse(absl::string_view uuid);

  // The form that Parse reads, in lower case.
  std::string ToString() const;

  constexpr explicit operator bool() const { return (high | low) != 0; }

  friend constexpr auto operator<=>(const MessageId&, const MessageId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const MessageId& id) {
    return H::combine(std::move(h), id.high, id.low);
  }
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_MESSAGE_ID_H_
