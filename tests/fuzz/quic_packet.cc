// A datagram of no connection yet, and what is answered to it.

#include "rehearse/net/quic/quic_packet.h"

#include <string>

#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

constexpr absl::string_view kSecret = "a secret of thirty-two bytes....";

// A stranger's address may be another's: nobody is sent more than he seems to have sent.
void ExpectNoLonger(const std::string& answer, absl::string_view datagram) {
  REHEARSE_CHECK(answer.size() <= datagram.size(), "an answer is longer than the question");
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  const absl::string_view id = net::QuicDestination(bytes);
  if (!id.empty()) {
    REHEARSE_CHECK(id.data() >= bytes.data() && id.end() <= bytes.end(), "an id from elsewhere");
  }
  const net::QuicArrival arrival = net::ReadQuicArrival(bytes);
  const net::SocketAddress from{"10.0.0.1", 7};
  net::SeededEntropy entropy(1);
  switch (arrival.kind) {
    case net::QuicArrival::Kind::kInitial:
      ExpectNoLonger(net::WriteRetry(arrival, from, kSecret, entropy, Instant()), bytes);
      ExpectNoLonger(net::WriteRefusal(arrival), bytes);
      REHEARSE_CHECK(!net::VerifyRetry(arrival, from, kSecret, Instant()).has_value(),
                     "a token that nobody has written");
      break;
    case net::QuicArrival::Kind::kUnknownVersion:
      ExpectNoLonger(net::WriteVersionNegotiation(arrival, entropy), bytes);
      break;
    case net::QuicArrival::Kind::kShort:
      ExpectNoLonger(net::WriteReset(arrival, bytes.size(), kSecret, entropy), bytes);
      break;
    case net::QuicArrival::Kind::kLong:
    case net::QuicArrival::Kind::kJunk: break;
  }
}

}  // namespace rehearse
