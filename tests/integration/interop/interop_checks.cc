#include "rehearse/tests/integration/interop/interop_checks.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/ping/ping.h"
#include "rehearse/tests/integration/interop/interop_bytes.h"
#include "rehearse/tests/integration/interop/interop_protocols.h"

namespace rehearse::net {
namespace {

constexpr int kStreams = 24;
constexpr int kPings = 20;
constexpr uint64_t kBigBytes = uint64_t{64} << 20;

using StreamPtr = std::unique_ptr<PeerStream>;

Instant Patience() { return CurrentNode().DeadlineIn(kInteropPatience); }

absl::Status Expect(bool holds, absl::string_view words) {
  return holds ? absl::OkStatus() : absl::FailedPreconditionError(words);
}

absl::StatusOr<StreamPtr> Open(const Dialed& dialed, absl::string_view protocol) {
  return dialed.network.OpenStream(dialed.address, protocol, Patience());
}

absl::string_view PeerOf(absl::string_view address) {
  return address.substr(address.find("/p2p/") + 5);
}

absl::Status Connect(const Dialed& dialed) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(dialed, kEchoProtocol));
  const std::string peer = stream->peer_key().peer_id().ToString();
  return Expect(peer == PeerOf(dialed.address), absl::StrCat("connected to ", peer));
}

absl::Status IdentifyPeer(const Dialed& dialed) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(dialed, kIdentifyProtocol));
  REHEARSE_ASSIGN_OR_RETURN(const std::string bytes, ReadRest(*stream, Patience()));
  IdentifyReader reader;
  REHEARSE_RETURN_IF_ERROR(reader.Receive(bytes));
  REHEARSE_ASSIGN_OR_RETURN(const IdentifyMessage said, reader.Finish());
  REHEARSE_RETURN_IF_ERROR(
      Expect(said.public_key == stream->peer_key(), "it has another key than it proved"));
  REHEARSE_RETURN_IF_ERROR(Expect(said.agent_version.has_value(), "it says no agent"));
  REHEARSE_RETURN_IF_ERROR(Expect(!said.listen_addresses.empty(), "it says no address"));
  for (const absl::string_view protocol : {kPingProtocol, kIdentifyProtocol, kEchoProtocol}) {
    const bool has =
        std::find(said.protocols.begin(), said.protocols.end(), protocol) != said.protocols.end();
    REHEARSE_RETURN_IF_ERROR(Expect(has, absl::StrCat("it does not say that it has ", protocol)));
  }
  return absl::OkStatus();
}

absl::Status PingOn(PeerStream& stream, Entropy& entropy, int times) {
  PingAsker asker;
  for (int i = 0; i < times; ++i) {
    REHEARSE_RETURN_IF_ERROR(stream.Write(asker.Ask(entropy), Patience()));
    REHEARSE_ASSIGN_OR_RETURN(const std::string answer,
                              ReadExactly(stream, kPingBytes, Patience()));
    REHEARSE_ASSIGN_OR_RETURN(const bool right, asker.Receive(answer));
    REHEARSE_RETURN_IF_ERROR(Expect(right, "the answer is not whole"));
  }
  stream.Finish();
  return ReadRest(stream, Patience()).status();
}

absl::Status PingOnce(const Dialed& dialed) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(dialed, kPingProtocol));
  return PingOn(*stream, dialed.entropy, 1);
}

// On one stream, then on streams one after the other.
absl::Status PingAgain(const Dialed& dialed) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(dialed, kPingProtocol));
  REHEARSE_RETURN_IF_ERROR(PingOn(*stream, dialed.entropy, kPings));
  for (int i = 0; i < kPings; ++i) REHEARSE_RETURN_IF_ERROR(PingOnce(dialed));
  return absl::OkStatus();
}

absl::Status SendText(PeerStream& stream, absl::string_view text) {
  REHEARSE_RETURN_IF_ERROR(stream.Write(text, Patience()));
  stream.Finish();
  return absl::OkStatus();
}

absl::Status ExpectText(PeerStream& stream, absl::string_view text) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string answer, ReadRest(stream, Patience()));
  return Expect(answer == text, absl::StrCat("echo of ", text, " is ", answer));
}

absl::Status AskForUnknown(const Dialed& dialed) {
  const absl::Status refused = Open(dialed, kNobodysProtocol).status();
  REHEARSE_RETURN_IF_ERROR(
      Expect(absl::IsUnimplemented(refused),
             absl::StrCat("it was not refused as unknown: ", refused.ToString())));
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(dialed, kEchoProtocol));
  REHEARSE_RETURN_IF_ERROR(SendText(*stream, "still there"));
  return ExpectText(*stream, "still there");
}

absl::Status EchoOnMany(const Dialed& dialed) {
  std::vector<StreamPtr> streams;
  for (int i = 0; i < kStreams; ++i) {
    REHEARSE_ASSIGN_OR_RETURN(StreamPtr stream, Open(dialed, kEchoProtocol));
    streams.push_back(std::move(stream));
  }
  for (int i = 0; i < kStreams; ++i) {
    REHEARSE_RETURN_IF_ERROR(SendText(*streams[i], absl::StrCat("stream ", i)));
  }
  for (int i = 0; i < kStreams; ++i) {
    REHEARSE_RETURN_IF_ERROR(ExpectText(*streams[i], absl::StrCat("stream ", i)));
  }
  return absl::OkStatus();
}

absl::Status Upload(const Dialed& dialed) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(dialed, kSinkProtocol));
  const Instant deadline = Patience();
  REHEARSE_RETURN_IF_ERROR(stream->Write(EncodeCount(kBigBytes), deadline));
  REHEARSE_RETURN_IF_ERROR(SendBytes(*stream, kBigBytes, deadline));
  REHEARSE_ASSIGN_OR_RETURN(const std::string right, ReadExactly(*stream, kCountBytes, deadline));
  stream->Finish();
  return Expect(DecodeCount(right) == kBigBytes,
                absl::StrCat(DecodeCount(right), " of ", kBigBytes, " bytes arrived right"));
}

absl::Status Download(const Dialed& dialed) {
  REHEARSE_ASSIGN_OR_RETURN(const StreamPtr stream, Open(dialed, kSourceProtocol));
  const Instant deadline = Patience();
  REHEARSE_RETURN_IF_ERROR(stream->Write(EncodeCount(kBigBytes), deadline));
  ByteChecker checker;
  REHEARSE_RETURN_IF_ERROR(CheckBytes(*stream, kBigBytes, checker, deadline));
  stream->Finish();
  REHEARSE_ASSIGN_OR_RETURN(const std::string more, ReadRest(*stream, deadline));
  return Expect(checker.right() == kBigBytes && more.empty(),
                absl::StrCat(checker.right(), " of ", checker.seen(), " bytes arrived right, ",
                             kBigBytes, " were asked for, and ", more.size(), " more came"));
}

absl::Status DialWrongPeer(const Dialed& dialed) {
  const std::string other = Identity::Generate(dialed.entropy).peer_id().ToString();
  std::string address = dialed.address;
  address.replace(address.find("/p2p/") + 5, std::string::npos, other);
  const absl::Status refused =
      dialed.network.OpenStream(address, kEchoProtocol, Patience()).status();
  REHEARSE_RETURN_IF_ERROR(Expect(absl::StrContains(refused.message(), "the peer is "),
                                  absl::StrCat("dialling ", other, ": ", refused.ToString())));
  return Connect(dialed);  // the right one still goes
}

}  // namespace

void RunInteropChecks(const Dialed& dialed,
                      const std::function<void(absl::string_view name, absl::Status)>& say) {
  say("connect", Connect(dialed));
  say("identify", IdentifyPeer(dialed));
  say("ping", PingOnce(dialed));
  say("repeated-ping", PingAgain(dialed));
  say("unknown-protocol", AskForUnknown(dialed));
  say("many-streams", EchoOnMany(dialed));
  say("big-upload", Upload(dialed));
  say("big-download", Download(dialed));
  say("wrong-peer", DialWrongPeer(dialed));
}

}  // namespace rehearse::net
