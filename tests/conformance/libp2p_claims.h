// What every libp2p network of ours promises about streams of other protocols than frames'.

#ifndef REHEARSE_TESTS_CONFORMANCE_LIBP2P_CLAIMS_H_
#define REHEARSE_TESTS_CONFORMANCE_LIBP2P_CLAIMS_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

// A protocol that both nodes serve: what comes first goes back, with a "!".
inline constexpr absl::string_view kEchoProtocol = "/test/echo/1";

inline StreamHandlers EchoHandlers() {
  return {{std::string(kEchoProtocol), [](PeerStream& stream) {
             std::string bytes;
             if (!stream.Read(/*bytes_max=*/100, bytes, Instant::Infinite()).ok()) return;
             if (!stream.Write(bytes + "!", Instant::Infinite()).ok()) return;
             stream.Finish();
             stream.Read(/*bytes_max=*/100, bytes, Instant::Infinite()).IgnoreError();  // its end
           }}};
}

// Who takes part.
struct Libp2pEnds {
  TwoNodes& nodes;
  Libp2pNetwork& dialer;    // of the first node
  Libp2pNetwork& listener;  // of the second, which is
  PeerId listener_id;
  std::string free_address;
};

// Plays `ask` on the first node as long as the second listens.
inline void WhileItListens(const Libp2pEnds& ends,
                           const std::function<void(const std::string& address)>& ask) {
  Slot<std::string> address;
  Event done;
  ends.nodes.Run(
      [&] {
        ask(address.Get());
        done.Set();
      },
      [&] {
        const auto listener = *ends.listener.Listen(ends.free_address);
        address.Put(listener->address());
        done.Await();
      });
}

inline void ServesAndOpensOtherProtocols(const Libp2pEnds& ends) {
  WhileItListens(ends, [&](const std::string& address) {
    const auto open = [&](absl::string_view protocol) {
      return ends.dialer.OpenStream(address, protocol, Instant::Infinite());
    };
    const auto stream = open(kEchoProtocol);
    ASSERT_TRUE(stream.ok()) << stream.status();
    EXPECT_EQ((*stream)->peer_key().peer_id(), ends.listener_id);
    EXPECT_EQ(absl::StrCat((*stream)->peer_address(), "/p2p/", ends.listener_id.ToString()),
              address);
    ASSERT_TRUE((*stream)->Write("hello", Instant::Infinite()).ok());
    std::string answer;
    ASSERT_TRUE((*stream)->Read(/*bytes_max=*/100, answer, Instant::Infinite()).ok());
    EXPECT_EQ(answer, "hello!");
    const absl::Status unknown = open("/test/nobodys/1").status();
    EXPECT_TRUE(absl::IsUnimplemented(unknown)) << unknown;
    EXPECT_TRUE(open(kEchoProtocol).ok());  // it ended that stream alone
  });
}

inline void SaysWhoItIsAndWhereItListens(const Libp2pEnds& ends) {
  WhileItListens(ends, [&](const std::string& address) {
    const auto stream = ends.dialer.OpenStream(address, kIdentifyProtocol, Instant::Infinite());
    ASSERT_TRUE(stream.ok()) << stream.status();
    IdentifyReader reader;
    for (absl::StatusOr<size_t> count = 1; *count > 0;) {
      std::string bytes;
      count = (*stream)->Read(/*bytes_max=*/100, bytes, Instant::Infinite());
      ASSERT_TRUE(count.ok()) << count.status();
      ASSERT_TRUE(reader.Receive(bytes).ok());
    }
    const auto said = reader.Finish();
    ASSERT_TRUE(said.ok()) << said.status();
    EXPECT_EQ(said->public_key, (*stream)->peer_key());
    ASSERT_EQ(said->listen_addresses.size(), 1u);
    EXPECT_EQ(said->listen_addresses[0], Multiaddr::Parse(address)->WithoutPeer());
    EXPECT_NE(std::find(said->protocols.begin(), said->protocols.end(), kEchoProtocol),
              said->protocols.end());
    EXPECT_TRUE(said->observed_address.has_value());
  });
}

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_LIBP2P_CLAIMS_H_
