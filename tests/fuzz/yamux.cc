// A session of yamux. The first byte says which side it is, and how long the pieces are; the others
// are what the peer sends, once as it is, and once between calls of the streams' users.

#include <string>

#include "rehearse/net/libp2p/yamux/yamux_session.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

using net::YamuxOptions;
using net::YamuxSession;

constexpr uint32_t kIncomingMax = 4;
constexpr uint32_t kBytesMax = 1000;
// What the session may say of its own accord comes on top of `unsent_bytes_max`.
constexpr size_t kOwnWordsMax = size_t{256} << 10;

YamuxOptions Small() {
  return {.incoming_max = kIncomingMax,
          .unread_bytes_max = kBytesMax,
          .unsent_bytes_max = kBytesMax,
          .frame_bytes_max = 100};
}

void ExpectBounds(const YamuxSession& session) {
  REHEARSE_CHECK(session.unread_bytes() <= kBytesMax, "too much is kept unread");
  REHEARSE_CHECK(session.unsent_bytes() <= kBytesMax + kOwnWordsMax + 100,
                 "too much is kept unsent");
}

std::string Said(YamuxSession& session) {
  std::string said;
  for (std::string piece = session.TakeOutput(); !piece.empty(); piece = session.TakeOutput()) {
    said += piece;
  }
  return said;
}

std::string Hear(absl::string_view bytes, size_t piece_bytes, bool dialer) {
  YamuxOptions options = Small();
  options.dialer = dialer;
  YamuxSession session(options);
  absl::Status status;
  InPieces(bytes, piece_bytes, [&](absl::string_view piece) {
    if (status.ok()) status = session.Receive(piece, Instant());
    ExpectBounds(session);
    REHEARSE_CHECK(session.streams() <= kIncomingMax, "too many streams are kept");
  });
  std::string outcome = status.ToString();
  while (const auto stream = session.Accept()) {
    outcome.push_back(static_cast<char>(*stream));
    session.Read(*stream, 1000, outcome).IgnoreError();
  }
  return outcome + Said(session);
}

// Numbers of streams that may exist.
uint32_t AnyStream(FuzzInput& input) { return input.Byte() % 12; }

void Use(YamuxSession& session, FuzzInput& input) {
  std::string read;
  switch (input.Byte() % 9) {
    case 0: session.Accept(); break;
    case 1: session.Open().IgnoreError(); break;
    case 2: session.Write(AnyStream(input), std::string(input.Byte(), 'x')).IgnoreError(); break;
    case 3: session.Read(AnyStream(input), input.Byte(), read).IgnoreError(); break;
    case 4: session.Finish(AnyStream(input)); break;
    case 5: session.Reset(AnyStream(input)); break;
    case 6: session.Release(AnyStream(input)); break;
    case 7: session.Ping().IgnoreError(); break;
    default: session.TakeOutput(); break;
  }
  session.TakeEvents();
}

void HearBetweenUses(FuzzInput input, bool dialer) {
  YamuxOptions options = Small();
  options.dialer = dialer;
  YamuxSession session(options);
  size_t ours = 0;
  while (!input.empty()) {
    const size_t before = session.streams();
    Use(session, input);
    if (session.streams() > before) ++ours;
    session.Receive(input.Take(12 + input.Byte() % 32), Instant()).IgnoreError();
    ExpectBounds(session);
    REHEARSE_CHECK(session.streams() <= kIncomingMax + ours, "too many streams are kept");
  }
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  FuzzInput input(bytes);
  const uint8_t first = input.Byte();
  const bool dialer = first % 2 == 1;
  const absl::string_view heard = FuzzInput(input).Rest();
  REHEARSE_CHECK(Hear(heard, heard.size(), dialer) == Hear(heard, first / 2, dialer),
                 "bytes mean something else in pieces");
  HearBetweenUses(input, dialer);
}

}  // namespace rehearse
