// What is written around a message that goes to an actor on another node.
//
// Encoded as the FlatBuffer of envelope.fbs, one envelope a frame. Both directions are views and
// plain numbers: nothing is allocated but the growth of the string that is sent.

#ifndef REHEARSE_NET_CODEC_ENVELOPE_H_
#define REHEARSE_NET_CODEC_ENVELOPE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/message_id.h"

namespace rehearse::net {

// Numbers of the wire: they never change.
enum class EnvelopeKind : uint8_t {
  kHello = 1,   // the first on each stream: who speaks
  kTell = 2,    // a message, nobody waits for an answer
  kAsk = 3,     // a message; answered by kReply or kError with its request_id
  kReply = 4,   // the answer
  kError = 5,   // there is none, and why
  kCancel = 6,  // whoever asked request_id waits no longer
  kRoom = 7,    // request_id messages more may be sent to the target; see flow.h
  // Who asked request_id, or with 0, waits for room in the target's mailbox, has a probe for it:
  // the payload; see ring_watch.h.
  kProbe = 8,
};

// The longest name of an actor or a node that any envelope has.
inline constexpr size_t kNameBytesMax = 1024;

// One envelope. Which members mean something depends on the kind; the others keep their defaults,
// which take no bytes. Views belong to whoever made them: after DecodeEnvelope, to its input.
struct WireEnvelope {
  EnvelopeKind kind = EnvelopeKind::kTell;
  // kAsk and its answer: chosen by the asker. kTell: not 0 if it is to be answered when the mailbox
  // has it.
  uint64_t request_id = 0;
  absl::string_view target{};  // kTell, kAsk, kRoom: the actor's name
  MessageId message_id{};      // kTell, kAsk, kReply: what the payload is
  absl::string_view payload{};

  int64_t timeout_nanos = 0;  // kAsk: how long the asker still waits; 0 for ever. Never negative

  absl::StatusCode status_code = absl::StatusCode::kOk;  // kError: never kOk
  absl::string_view status_message{};
  uint8_t effect = 0;  // kError: whether the ask may have been handled

  absl::string_view node_name{};  // kHello
  uint64_t incarnation = 0;       // kHello: the speaker's; kTell, kAsk: the one the target has
  uint32_t protocol_version = 0;  // kHello
  uint8_t lane = 0;               // kHello: what the stream carries; see hello.h
  uint64_t session = 0;  // kHello: whose stream it is, before and after a break; 0: no one's

  uint64_t flow = 0;  // kTell, kAsk: names it to whoever observes either node; 0: nobody does

  // kTell that is sent again until it is answered: its place among those of the session, and that
  // before which all have been answered.
  // kHello: the stream's number in its session. kHello that answers: that of the last stream before
  // which brought messages, and how many of those, from the first on, are settled; see unsettled.h.
  // kRoom: `settled` is the place on this stream up to which all that is for the target is settled.
  // 0: nothing is said.
  uint64_t sequence = 0;
  uint64_t settled = 0;

  friend bool operator==(const WireEnvelope&, const WireEnvelope&) = default;
};

// Appends the envelope's bytes to `out`, which its views don't point into. The same envelope gives
// the same bytes. Never waits.
void EncodeEnvelope(const WireEnvelope& envelope, std::string& out);

// The same for an envelope whose payload is written in place, and has none yet; it is one that
// carries a message or an answer.
//
//   const size_t payload = BeginEnvelope(envelope, out);
//   message.AppendTo(out);
//   EndEnvelope(payload, out);
size_t BeginEnvelope(const WireEnvelope& envelope, std::string& out);
void EndEnvelope(size_t payload, std::string& out);

// Reads what a peer sent, at any address. The result's views point into `bytes`. Whether the
// members fit the kind is for the receiver to judge.
//   kDataLoss  malformed; or a kind, status code, timeout or name that no envelope has. The peer
//              speaks another protocol or is broken: close the stream.
absl::StatusOr<WireEnvelope> DecodeEnvelope(absl::string_view bytes);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_ENVELOPE_H_
