// What goes to a sink and comes from a source: as many bytes as are wanted, each known by its
// place.

#ifndef REHEARSE_TESTS_INTEGRATION_INTEROP_INTEROP_BYTES_H_
#define REHEARSE_TESTS_INTEGRATION_INTEROP_INTEROP_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/libp2p/streams/peer_stream.h"

namespace rehearse::net {

inline constexpr size_t kCountBytes = 8;

// A count, the highest byte first.
std::string EncodeCount(uint64_t count);
uint64_t DecodeCount(absl::string_view bytes);

// Compares what comes with what should.
class ByteChecker {
 public:
  void Take(absl::string_view bytes);

  uint64_t seen() const { return seen_; }
  uint64_t right() const { return right_; }  // up to the first that is wrong

 private:
  uint64_t seen_ = 0;
  uint64_t right_ = 0;
};

// As PeerStream::Write.
absl::Status SendBytes(PeerStream& stream, uint64_t count, Instant deadline);

// Reads until `count` bytes were seen, or the end.
//   as PeerStream::Read
absl::Status CheckBytes(PeerStream& stream, uint64_t count, ByteChecker& checker, Instant deadline);

//   kUnavailable  the stream ended before.
//   as PeerStream::Read
absl::StatusOr<std::string> ReadExactly(PeerStream& stream, size_t count, Instant deadline);

// All until the end.
//   as PeerStream::Read
absl::StatusOr<std::string> ReadRest(PeerStream& stream, Instant deadline);

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_INTEGRATION_INTEROP_INTEROP_BYTES_H_
