// Laws of sessions: however two of them are used, and however the bytes between them are cut, each
// stream's bytes arrive as they were written; and nobody holds more than the bounds say.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "rehearse/net/libp2p/yamux/yamux_session.h"

namespace rehearse::net {
namespace {

constexpr size_t kUnsentMax = 20000;
constexpr size_t kUnreadMax = size_t{4} << 20;

// One side, the bytes on their way to the other, and what each stream is expected to read.
struct Side {
  explicit Side(bool dialer)
      : session({.dialer = dialer,
                 .unread_bytes_max = kUnreadMax,
                 .unsent_bytes_max = kUnsentMax,
                 .frame_bytes_max = 5000}) {}

  YamuxSession session;
  std::string wire;
  std::vector<uint32_t> streams;
  std::map<uint32_t, std::string> written;
  std::map<uint32_t, std::string> read;
};

std::string Pattern(size_t from, size_t count) {
  std::string bytes;
  for (size_t i = from; i < from + count; ++i) bytes.push_back(static_cast<char>(i * 7 + i / 256));
  return bytes;
}

void WriteSome(Side& side, uint32_t stream, size_t count) {
  std::string& written = side.written[stream];
  const std::string bytes = Pattern(written.size(), count);
  const absl::StatusOr<size_t> taken = side.session.Write(stream, bytes);
  RC_ASSERT(taken.ok());
  written += bytes.substr(0, *taken);
}

void Carry(Side& from, Side& to, size_t pieces, size_t cut) {
  for (size_t i = 0; i < pieces; ++i) from.wire += from.session.TakeOutput();
  RC_ASSERT(to.session.Receive(from.wire.substr(0, cut), Instant()).ok());
  from.wire.erase(0, cut);
  while (const auto stream = to.session.Accept()) to.streams.push_back(*stream);
}

void ReadSome(Side& side, uint32_t stream, size_t count) {
  RC_ASSERT(side.session.Read(stream, count, side.read[stream]).ok());
}

void Step(Side& side, Side& other) {
  const auto act = *rc::gen::inRange(0, 10);
  if (act == 0 && side.streams.size() < 6) {
    const auto stream = side.session.Open();
    if (stream.ok()) side.streams.push_back(*stream);
  }
  const auto amount = *rc::gen::inRange<size_t>(0, 30000);
  if (act >= 7) Carry(side, other, 1 + amount % 3, amount);
  if (side.streams.empty()) return;
  const uint32_t stream = side.streams[amount % side.streams.size()];
  if (act >= 1 && act < 5) WriteSome(side, stream, amount);
  if (act >= 4 && act < 7) ReadSome(side, stream, amount);
  RC_ASSERT(side.session.unsent_bytes() < kUnsentMax + 5000 + 12 * 200);
  RC_ASSERT(side.session.unread_bytes() <= 12 * size_t{kYamuxWindowBytes});
}

// Carries and reads until nothing moves.
void Settle(Side& first, Side& second) {
  for (int idle = 0; idle < 3; ++idle) {
    const size_t before = first.session.unread_bytes() + second.session.unread_bytes() +
                          first.wire.size() + second.wire.size() + first.session.unsent_bytes() +
                          second.session.unsent_bytes();
    for (Side* side : {&first, &second}) {
      Carry(*side, side == &first ? second : first, 100, std::string::npos);
    }
    for (Side* side : {&first, &second}) {
      for (const uint32_t stream : side->streams) ReadSome(*side, stream, size_t{1} << 20);
    }
    if (before > 0) idle = 0;
  }
}

RC_GTEST_PROP(YamuxProperty, EachStreamsBytesArriveInOrder, ()) {
  Side dialer(true);
  Side listener(false);
  const auto steps = *rc::gen::inRange(1, 120);
  for (int i = 0; i < steps; ++i) {
    const bool of_dialer = *rc::gen::arbitrary<bool>();
    Step(of_dialer ? dialer : listener, of_dialer ? listener : dialer);
  }
  Settle(dialer, listener);
  for (const auto& [stream, bytes] : dialer.written) RC_ASSERT(listener.read[stream] == bytes);
  for (const auto& [stream, bytes] : listener.written) RC_ASSERT(dialer.read[stream] == bytes);
}

// Frames that are right in form and arbitrary in all else.
RC_GTEST_PROP(YamuxProperty, HostileFramesKeepTheBounds, ()) {
  YamuxSession session({.dialer = *rc::gen::arbitrary<bool>(),
                        .incoming_max = 4,
                        .unread_bytes_max = 1000,
                        .unsent_bytes_max = 1000});
  const auto frames = *rc::gen::inRange(1, 60);
  for (int i = 0; i < frames; ++i) {
    YamuxHeader header;
    header.type = static_cast<YamuxType>(*rc::gen::inRange(0, 4));
    header.flags = static_cast<uint16_t>(*rc::gen::inRange(0, 16));
    header.stream = *rc::gen::inRange<uint32_t>(0, 12);
    header.length = *rc::gen::inRange<uint32_t>(0, 400);
    std::string bytes;
    header.AppendTo(bytes);
    if (header.type == YamuxType::kData) bytes += std::string(header.length, 'x');
    const absl::Status status = session.Receive(bytes, Instant());
    RC_ASSERT(session.unread_bytes() <= 1000u);
    RC_ASSERT(session.streams() <= 4u);
    if (*rc::gen::arbitrary<bool>()) session.Accept();
    if (*rc::gen::inRange(0, 8) == 0) session.Release(header.stream);
    if (!status.ok()) break;
  }
}

RC_GTEST_PROP(YamuxProperty, HostileBytesAreRefusedInWords, (const std::string& bytes)) {
  YamuxSession session({.dialer = true});
  const absl::Status status = session.Receive(bytes, Instant());
  RC_ASSERT(status.ok() || absl::IsDataLoss(status) || absl::IsUnavailable(status));
}

}  // namespace
}  // namespace rehearse::net
