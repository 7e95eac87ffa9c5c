// Both sides of multistream-select. The first byte says how long the pieces are.

#include "rehearse/net/libp2p/multistream/multistream.h"

#include <string>

#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

struct Outcome {
  absl::StatusCode code = absl::StatusCode::kOk;  // what it quotes depends on what has come
  bool done = false;
  std::string agreed;
  std::string surplus;
  std::string output;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

template <typename Side>
Outcome Hear(absl::string_view bytes, size_t piece_bytes) {
  Side side({"/yamux/1.0.0", "/ipfs/ping/1.0.0", "/noise"});
  Outcome outcome;
  outcome.output = side.TakeOutput();
  absl::Status status;
  InPieces(bytes, piece_bytes, [&](absl::string_view piece) {
    if (status.ok()) status = side.Receive(piece);
    outcome.output += side.TakeOutput();
  });
  outcome.code = status.code();
  outcome.done = side.done();
  outcome.agreed = side.agreed();
  outcome.surplus = status.ok() ? side.TakeSurplus() : "";
  return outcome;
}

template <typename Side>
void ExpectSameInPieces(absl::string_view bytes, size_t piece_bytes) {
  const Outcome whole = Hear<Side>(bytes, bytes.size());
  REHEARSE_CHECK(whole == Hear<Side>(bytes, piece_bytes), "bytes mean something else in pieces");
  REHEARSE_CHECK(whole.surplus.size() <= bytes.size(), "it gave back more than it was given");
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  FuzzInput input(bytes);
  const size_t piece_bytes = input.Byte();
  const absl::string_view heard = input.Rest();
  ExpectSameInPieces<net::MultistreamProposer>(heard, piece_bytes);
  ExpectSameInPieces<net::MultistreamResponder>(heard, piece_bytes);
}

}  // namespace rehearse
