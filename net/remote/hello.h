// The first frame on each stream, both ways: who speaks.

#ifndef REHEARSE_NET_REMOTE_HELLO_H_
#define REHEARSE_NET_REMOTE_HELLO_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"

namespace rehearse::net {

inline constexpr uint32_t kProtocolVersion = 1;

// In an envelope's `effect`: the error is the handler's own.
inline constexpr uint8_t kNotTheFrameworks = 2;

struct Hello {
  std::string node;
  uint64_t incarnation = 0;
};

std::string HelloFrame(const Node& node);

// Why a stream is closed whose peer has not said one for so long: kDeadlineExceeded.
absl::Status NoHello(absl::Duration timeout);

//   kDataLoss            it is no hello.
//   kFailedPrecondition  the peer speaks another version: upgrade the older one.
absl::StatusOr<Hello> ParseHello(absl::string_view frame);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_HELLO_H_
