// yamux ("/yamux/1.0.0"): many streams on one connection, each with a window of its own.
//
// A state machine without I/O: bytes of the peer go in, frames for it come out, and events say
// which streams have something to do. A reader who does not read keeps the window shut, so that its
// writer stops; what others send goes on.
//
// Differences from the protocol: windows don't grow. Bounds of our own: what is kept of a
// connection's unread bytes, of unsent frames, of streams, and the peer's questions in a second.

#ifndef REHEARSE_NET_LIBP2P_YAMUX_YAMUX_SESSION_H_
#define REHEARSE_NET_LIBP2P_YAMUX_YAMUX_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/libp2p/unread_budget.h"
#include "rehearse/net/libp2p/yamux/yamux_frame.h"
#include "rehearse/net/libp2p/yamux/yamux_stream.h"

namespace rehearse::net {

inline constexpr absl::string_view kYamuxProtocol = "/yamux/1.0.0";

struct YamuxOptions {
  bool dialer = false;  // of the connection
  // Streams that the peer has opened and that are here still; further ones are reset. With as many
  // of those in a row, it is the end.
  size_t incoming_max = 1000;
  // Streams that we have opened and the peer has not taken yet.
  size_t unacknowledged_max = 256;
  // Unread bytes of all streams; a stream that sends more is reset.
  size_t unread_bytes_max = size_t{16} << 20;
  // And of all connections; null: there is no such bound.
  std::shared_ptr<UnreadBudget> budget = nullptr;
  // Unsent frames, beyond which nobody writes; those of the session's own may be some more.
  size_t unsent_bytes_max = size_t{256} << 10;
  // The most bytes in a frame, so that streams take turns.
  size_t frame_bytes_max = size_t{64} << 10;
  int pings_per_second_max = 100;
};

struct YamuxEvent {
  enum class Kind : uint8_t {
    kIncoming,  // Accept has a stream
    kReadable,  // Read has something to say on `stream`: bytes, the end, an error
    kWritable,  // Write has, or the session can be opened streams on (`stream` is 0)
    kEnded,     // the session is over: for all that wait
  };

  Kind kind;
  uint32_t stream = 0;

  friend bool operator==(const YamuxEvent&, const YamuxEvent&) = default;
};

// One fiber at a time. Streams are known by their numbers, from Open or Accept until Release; what
// comes for others is dropped.
class YamuxSession {
 public:
  explicit YamuxSession(const YamuxOptions& options) : options_(options), unread_(options.budget) {}

  // Towards the connection.

  // Takes what the peer sent, in pieces of any size.
  //   kDataLoss           it broke the protocol.
  //   kResourceExhausted  it asks for more work than it may.
  //   kUnavailable        it has ended the session because of an error.
  // Each is the end: all streams break, TakeOutput has the last words; then close. Later calls
  // return the same.
  absl::Status Receive(absl::string_view bytes, Instant now);

  // Some of what is to be sent, to be written at once; empty if there is nothing. A frame that ends
  // a stream comes in a piece of its own: some peers lose what is in one read with it.
  std::string TakeOutput();

  std::vector<YamuxEvent> TakeEvents() { return std::exchange(events_, {}); }

  // Asks the peer whether it is there; to be called at intervals.
  //   kUnavailable  the last two questions have no answer yet. It is the end.
  absl::Status Ping();

  // The connection is gone: all streams break.
  void Abort(const absl::Status& why);

  // No new streams from now on; tells the peer. Streams that are open go on.
  void GoAway();

  // Towards the streams.

  //   kResourceExhausted  too many that the peer has not taken, or none are left.
  //   kUnavailable        the session is over, or the peer wants no more streams.
  absl::StatusOr<uint32_t> Open();

  // The next stream that the peer has opened, and tells it so.
  std::optional<uint32_t> Accept();

  // Takes over some of `bytes`, and returns how many: 0 if there is no room, until kWritable.
  //   kUnavailable         the stream is broken, or not known.
  //   kFailedPrecondition  it was finished.
  absl::StatusOr<size_t> Write(uint32_t stream, absl::string_view bytes);

  // Appends up to `bytes_max` bytes to `out`, and returns how many: 0 if there are none, until
  // kReadable, or at the end (see AtEnd).
  //   kUnavailable  as Write.
  absl::StatusOr<size_t> Read(uint32_t stream, size_t bytes_max, std::string& out);

  // All that the peer will ever send was read.
  bool AtEnd(uint32_t stream) const;

  // We send nothing more; the peer may.
  void Finish(uint32_t stream);

  // Breaks the stream, on both sides.
  void Reset(uint32_t stream);

  // Nobody uses the stream any more. One that has not ended on both sides is reset. After Finish,
  // that only stops the peer: what was written before can be read there.
  void Release(uint32_t stream);

  size_t streams() const { return streams_.size(); }
  // That were reset here: the peer had opened too many, or sent more than may be unread.
  size_t refused_streams() const { return refused_; }
  size_t unread_bytes() const { return unread_.held(); }
  size_t unsent_bytes() const { return unsent_bytes_; }
  const absl::Status& error() const { return error_; }

 private:
  using Kind = YamuxEvent::Kind;

  absl::Status OnHeader(const YamuxHeader& header, Instant now);
  absl::Status OnStreamFrame(const YamuxHeader& header);
  absl::Status OnOpened(const YamuxHeader& header);
  absl::Status RefuseStream(const YamuxHeader& header);
  absl::Status OnPing(const YamuxHeader& header, Instant now);
  absl::Status OnGoAway(const YamuxHeader& header);
  absl::Status ChargeData(const YamuxHeader& header, YamuxStream& stream);
  void OnFlags(const YamuxHeader& header, YamuxStream& stream);
  void OnData(absl::string_view bytes);
  absl::Status Fail(const absl::Status& why);

  YamuxStream* Find(uint32_t stream);
  const YamuxStream* Find(uint32_t stream) const;
  void BreakStream(uint32_t id, YamuxStream& stream, const absl::Status& why);
  void Send(const YamuxHeader& header, absl::string_view data = "");
  void Notify(Kind kind, uint32_t stream) { events_.push_back({kind, stream}); }
  bool IsOurs(uint32_t stream) const { return (stream % 2 == 1) == options_.dialer; }

  const YamuxOptions options_;
  absl::Status error_;

  std::string header_;      // what has come of the next one
  uint32_t data_left_ = 0;  // of the frame that is coming in
  uint32_t data_stream_ = 0;
  bool data_ends_stream_ = false;

  std::map<uint32_t, YamuxStream> streams_;
  std::deque<uint32_t> incoming_;  // not accepted yet
  std::set<uint32_t> blocked_;     // writers who found no room for a frame
  uint64_t next_ours_ = 0;         // how many of ours there were
  uint32_t last_theirs_ = 0;
  size_t theirs_ = 0;  // of `streams_`
  size_t refused_ = 0;
  size_t refused_in_a_row_ = 0;
  size_t unacknowledged_ = 0;  // of `streams_`
  bool open_blocked_ = false;  // somebody could not open a stream
  bool peer_went_away_ = false;
  bool went_away_ = false;

  std::deque<std::string> output_;
  bool output_sealed_ = false;  // nothing joins the last piece of it
  size_t unsent_bytes_ = 0;
  UnreadShare unread_;

  uint32_t next_ping_ = 0;
  int unanswered_pings_ = 0;
  Instant ping_second_;
  int pings_in_second_ = 0;

  std::vector<YamuxEvent> events_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_YAMUX_YAMUX_SESSION_H_
