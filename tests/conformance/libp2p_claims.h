// What every libp2p network of ours promises about peers, their connections, and streams of other
// protocols than frames'.

#ifndef REHEARSE_TESTS_CONFORMANCE_LIBP2P_CLAIMS_H_
#define REHEARSE_TESTS_CONFORMANCE_LIBP2P_CLAIMS_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/network.h"
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
  PeerId dialer_id;
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

inline void ListenersAddressNamesThePeer(const Libp2pEnds& ends) {
  WhileItListens(ends, [&](const std::string& address) {
    EXPECT_TRUE(absl::EndsWith(address, "/p2p/" + ends.listener_id.ToString())) << address;
  });
}

inline void TalksToNobodyElse(const Libp2pEnds& ends) {
  WhileItListens(ends, [&](const std::string& address) {
    const std::string other =
        absl::StrReplaceAll(address, {{ends.listener_id.ToString(), ends.dialer_id.ToString()}});
    const absl::Status status = ends.dialer.Dial(other, Instant::Infinite()).status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "the peer is ")) << status;
    EXPECT_TRUE(ends.dialer.Dial(address, Instant::Infinite()).ok());
  });
}

inline void StreamsShareAConnection(const Libp2pEnds& ends) {
  constexpr int kStreams = 50;
  Slot<std::string> address;
  Event done;
  ends.nodes.Run(
      [&] {
        std::vector<std::unique_ptr<Stream>> streams;
        for (int i = 0; i < kStreams; ++i) {
          streams.push_back(*ends.dialer.Dial(address.Get(), Instant::Infinite()));
          ASSERT_TRUE(streams.back()->Write(absl::StrCat(i)).ok());
        }
        for (int i = 0; i < kStreams; ++i) EXPECT_EQ(*streams[i]->Read(), absl::StrCat(i, "!"));
        done.Set();
      },
      [&] {
        const auto listener = *ends.listener.Listen(ends.free_address);
        address.Put(listener->address());
        std::string first_peer;
        for (int i = 0; i < kStreams; ++i) {
          const auto stream = *listener->Accept();
          if (i == 0) first_peer = stream->peer();
          EXPECT_EQ(stream->peer(), first_peer);  // the same port: the same connection
          ASSERT_TRUE(stream->Write(absl::StrCat(*stream->Read(), "!")).ok());
        }
        done.Await();
      });
}

// Nobody has used the first connection for longer than it is kept.
inline void DialsAnewWhenTheConnectionIsGone(const Libp2pEnds& ends) {
  WhileItListens(ends, [&](const std::string& address) {
    { const auto stream = *ends.dialer.Dial(address, Instant::Infinite()); }
    Pass(absl::Minutes(5));
    EXPECT_TRUE(ends.dialer.Dial(address, Instant::Infinite()).ok());
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
