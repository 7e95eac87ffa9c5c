// The handshake of Noise and what follows it, against three kinds of peers: who sends any bytes,
// who changes some of what honest peers send, and who has keys and sends any payload under them.

#include "rehearse/net/libp2p/noise/noise_channel.h"

#include <string>

#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/noise/noise_xx.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

using net::NoiseChannel;

struct Node {
  explicit Node(uint64_t seed) : entropy(seed) {}

  NoiseChannel Channel(bool dialer) { return NoiseChannel(keys, entropy, {.dialer = dialer}); }

  net::SeededEntropy entropy;
  net::Identity identity = net::Identity::Generate(entropy);
  net::NoiseKeys keys{identity, entropy};
};

std::string Hear(absl::string_view bytes, size_t piece_bytes, bool dialer) {
  Node node(1);
  NoiseChannel channel = node.Channel(dialer);
  absl::Status status;
  std::string said = channel.TakeWire();
  InPieces(bytes, piece_bytes, [&](absl::string_view piece) {
    if (status.ok()) status = channel.Receive(piece);
    said += channel.TakeWire();
  });
  REHEARSE_CHECK(!channel.peer().has_value(), "a stranger has proven to be somebody");
  REHEARSE_CHECK(channel.TakeText().empty(), "text before there was a peer");
  return said + status.ToString();
}

void AnyBytes(FuzzInput input) {
  const bool dialer = input.Byte() % 2 == 0;
  const size_t piece_bytes = input.Byte();
  const absl::string_view bytes = input.Rest();
  REHEARSE_CHECK(Hear(bytes, bytes.size(), dialer) == Hear(bytes, piece_bytes, dialer),
                 "bytes mean something else in pieces");
}

// Changes of bytes on their way: where, and by what.
std::string Changed(std::string wire, FuzzInput& input, bool& changed) {
  if (wire.empty() || input.Byte() % 2 == 0) return wire;
  const size_t at = input.Below(static_cast<uint32_t>(wire.size()));
  const uint8_t by = input.Byte();
  changed = changed || by != 0;
  wire[at] = static_cast<char>(static_cast<uint8_t>(wire[at]) ^ by);
  return wire;
}

void ChangedOnTheWay(FuzzInput input) {
  Node first(1);
  Node second(2);
  NoiseChannel dialer = first.Channel(true);
  NoiseChannel listener = second.Channel(false);
  bool changed = false;
  absl::Status status;
  for (int i = 0; i < 2 && status.ok(); ++i) {
    status = listener.Receive(Changed(dialer.TakeWire(), input, changed));
    if (status.ok()) status = dialer.Receive(Changed(listener.TakeWire(), input, changed));
  }
  if (changed) {
    REHEARSE_CHECK(!listener.peer().has_value(), "a handshake that was changed has succeeded");
    return;
  }
  REHEARSE_CHECK(status.ok() && listener.peer().has_value(), status.ToString());
  REHEARSE_CHECK(dialer.Send("good day").ok(), "the channel stands");
  const absl::Status received = listener.Receive(Changed(dialer.TakeWire(), input, changed));
  REHEARSE_CHECK(changed ? listener.TakeText().empty() : listener.TakeText() == "good day",
                 received.ToString());
}

std::string Framed(absl::string_view message) {
  std::string framed;
  framed.push_back(static_cast<char>(message.size() >> 8));
  framed.push_back(static_cast<char>(message.size()));
  framed.append(message.data(), message.size());
  return framed;
}

void AnyPayload(FuzzInput input) {
  Node node(1);
  net::SeededEntropy entropy(2);
  const net::X25519KeyPair ephemeral(net::DrawSecret<32>(entropy));
  const net::X25519KeyPair fixed(net::DrawSecret<32>(entropy));
  net::NoiseXx dialer(/*dialer=*/true, ephemeral, fixed);
  NoiseChannel listener = node.Channel(false);
  REHEARSE_CHECK(listener.Receive(Framed(*dialer.Write(""))).ok(), "the first message is good");
  const std::string second = listener.TakeWire();
  REHEARSE_CHECK(dialer.Read(absl::string_view(second).substr(2)).ok(), "so is the second");
  const absl::Status status = listener.Receive(Framed(*dialer.Write(input.Take(4096))));
  REHEARSE_CHECK(!status.ok() && !listener.peer().has_value(), "nobody has signed this key");
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  FuzzInput input(bytes);
  switch (input.Byte() % 3) {
    case 0: return AnyBytes(input);
    case 1: return ChangedOnTheWay(input);
    default: return AnyPayload(input);
  }
}

}  // namespace rehearse
