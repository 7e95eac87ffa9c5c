#include "rehearse/net/quic/quic_packet.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/quic/quic_connection.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kSecret = "a secret of thirty-two bytes....";
const SocketAddress kFrom{"10.0.0.1", 1000};

// The first packet of a dialler that has made up the id `destination` for us.
QuicArrival Initial(absl::string_view destination) {
  std::string packet = absl::StrCat(absl::string_view("\xc0\0\0\0\1", 5),
                                    std::string(1, static_cast<char>(destination.size())),
                                    destination, "\x8sourceid", absl::string_view("\0\x44\xb4", 3));
  packet.resize(1200, 'p');
  return ReadQuicArrival(packet);
}

// ngtcp2 asserts that the two ids differ.
TEST(QuicPacketTest, ARetryNeverTakesTheIdThatTheDialerHasMadeUp) {
  std::string id(kQuicIdBytes, '\0');
  SeededEntropy same(1);
  same.Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(id.data()), id.size()));
  SeededEntropy entropy(1);
  EXPECT_EQ(WriteRetry(Initial(id), kFrom, kSecret, entropy, Instant()), "");
  EXPECT_NE(WriteRetry(Initial(id), kFrom, kSecret, entropy, Instant()), "");
}

}  // namespace
}  // namespace rehearse::net
