#include "rehearse/net/libp2p/streams/negotiate.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/multistream/multistream.h"

namespace rehearse::net {
namespace {

constexpr size_t kReadBytesMax = 4096;

template <typename Side>
absl::StatusOr<Agreement> Talk(StreamSocket& stream, Side side, Instant deadline) {
  for (;;) {
    const std::string output = side.TakeOutput();
    if (!output.empty()) REHEARSE_RETURN_IF_ERROR(stream.Write(output, deadline));
    if (side.done()) return Agreement{side.agreed(), side.TakeSurplus()};
    std::string bytes;
    REHEARSE_ASSIGN_OR_RETURN(const size_t count, stream.Read(kReadBytesMax, bytes, deadline));
    if (count == 0)
      return absl::UnavailableError("it ended the stream before a protocol was chosen");
    REHEARSE_RETURN_IF_ERROR(side.Receive(bytes));
  }
}

}  // namespace

absl::StatusOr<Agreement> ProposeProtocols(StreamSocket& stream, std::vector<std::string> protocols,
                                           Instant deadline) {
  return Talk(stream, MultistreamProposer(std::move(protocols)), deadline);
}

absl::StatusOr<Agreement> AwaitProtocol(StreamSocket& stream, std::vector<std::string> protocols,
                                        Instant deadline) {
  return Talk(stream, MultistreamResponder(std::move(protocols)), deadline);
}

}  // namespace rehearse::net
