#include "rehearse/net/libp2p/yamux/yamux_session.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

constexpr int kUnansweredPingsMax = 2;

// Frames of the session's own, besides those that unsent_bytes_max counts. More are unsent only if
// the peer asks for answers and does not take them.
constexpr size_t kUnsentBytesBeyond = size_t{256} << 10;

absl::Status NotKnown(uint32_t stream) {
  return absl::UnavailableError(absl::StrCat("yamux stream ", stream, ": it is not open"));
}

absl::Status Broke(absl::string_view what, const YamuxHeader& header) {
  return absl::DataLossError(absl::StrCat("yamux: ", what, " on stream ", header.stream));
}

}  // namespace

// What comes in.

absl::Status YamuxSession::Receive(absl::string_view bytes, Instant now) {
  while (error_.ok() && !bytes.empty()) {
    if (data_left_ > 0) {
      const absl::string_view data = bytes.substr(0, data_left_);
      OnData(data);
      bytes.remove_prefix(data.size());
      continue;
    }
    const absl::string_view part = bytes.substr(0, kYamuxHeaderBytes - header_.size());
    header_.append(part.data(), part.size());
    bytes.remove_prefix(part.size());
    if (header_.size() < kYamuxHeaderBytes) break;
    const absl::StatusOr<YamuxHeader> header = YamuxHeader::Decode(header_);
    header_.clear();
    const absl::Status taken = header.ok() ? OnHeader(*header, now) : header.status();
    if (!taken.ok()) return Fail(taken);
  }
  return error_;
}

absl::Status YamuxSession::OnHeader(const YamuxHeader& header, Instant now) {
  switch (header.type) {
    case YamuxType::kPing: REHEARSE_RETURN_IF_ERROR(OnPing(header, now)); break;
    case YamuxType::kGoAway: REHEARSE_RETURN_IF_ERROR(OnGoAway(header)); break;
    case YamuxType::kData:
    case YamuxType::kWindowUpdate: REHEARSE_RETURN_IF_ERROR(OnStreamFrame(header)); break;
  }
  if (unsent_bytes_ > options_.unsent_bytes_max + kUnsentBytesBeyond) {
    return absl::ResourceExhaustedError("yamux: the peer asks, and does not take the answers");
  }
  return absl::OkStatus();
}

absl::Status YamuxSession::OnStreamFrame(const YamuxHeader& header) {
  if (header.stream == 0) return Broke("data or credit", header);
  if (header.Has(YamuxHeader::kSyn)) REHEARSE_RETURN_IF_ERROR(OnOpened(header));
  YamuxStream* const stream = Find(header.stream);
  if (header.type == YamuxType::kData) {
    data_left_ = header.length;
    data_stream_ = header.stream;
    data_ends_stream_ = header.Has(YamuxHeader::kFin);
  }
  // One that is gone here: what still comes for it is dropped.
  if (stream == nullptr) return absl::OkStatus();
  if (header.type == YamuxType::kData) REHEARSE_RETURN_IF_ERROR(ChargeData(header, *stream));
  if (header.type == YamuxType::kWindowUpdate) {
    if (!stream->AddSendCredit(header.length)) return Broke("a window over 4 GiB", header);
    Notify(Kind::kWritable, header.stream);
  }
  OnFlags(header, *stream);
  return absl::OkStatus();
}

absl::Status YamuxSession::OnOpened(const YamuxHeader& header) {
  if (IsOurs(header.stream)) return Broke("a stream was opened with a number of ours", header);
  if (header.stream <= last_theirs_) return Broke("a stream was opened twice", header);
  last_theirs_ = header.stream;
  if (theirs_ >= options_.incoming_max || went_away_) return RefuseStream(header);
  refused_in_a_row_ = 0;
  streams_.emplace(header.stream, YamuxStream(/*ours=*/false));
  ++theirs_;
  incoming_.push_back(header.stream);
  Notify(Kind::kIncoming, header.stream);
  return absl::OkStatus();
}

absl::Status YamuxSession::RefuseStream(const YamuxHeader& header) {
  ++refused_;
  if (++refused_in_a_row_ > options_.incoming_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat("yamux: the peer has ", theirs_, " streams, and goes on to open more"));
  }
  Send({YamuxType::kWindowUpdate, YamuxHeader::kRst, header.stream, 0});
  return absl::OkStatus();
}

absl::Status YamuxSession::ChargeData(const YamuxHeader& header, YamuxStream& stream) {
  if (header.length > 0 && stream.receive_ended()) return Broke("data behind the end", header);
  if (!stream.MayReceive(header.length)) {
    return Broke(absl::StrCat(header.length, " bytes beyond the window"), header);
  }
  stream.Charge(header.length);
  return absl::OkStatus();
}

void YamuxSession::OnFlags(const YamuxHeader& header, YamuxStream& stream) {
  if (header.Has(YamuxHeader::kAck) && stream.ours() && stream.Acknowledge()) {
    --unacknowledged_;
    if (std::exchange(open_blocked_, false)) Notify(Kind::kWritable, 0);
  }
  if (header.Has(YamuxHeader::kRst)) {
    BreakStream(header.stream, stream, absl::UnavailableError("the peer has reset the stream"));
  } else if (header.Has(YamuxHeader::kFin) && data_left_ == 0) {
    stream.EndReceiving();
    Notify(Kind::kReadable, header.stream);
  }
}

// Some of the data of the frame that is coming in.
void YamuxSession::OnData(absl::string_view bytes) {
  data_left_ -= static_cast<uint32_t>(bytes.size());
  YamuxStream* const stream = Find(data_stream_);
  if (stream == nullptr || !stream->broken().ok()) return;
  if (unread_.held() + bytes.size() > options_.unread_bytes_max || !unread_.TryTake(bytes.size())) {
    ++refused_;
    return Reset(data_stream_);
  }
  stream->Append(bytes);
  if (data_left_ == 0 && data_ends_stream_) stream->EndReceiving();
  Notify(Kind::kReadable, data_stream_);
}

absl::Status YamuxSession::OnPing(const YamuxHeader& header, Instant now) {
  if (!header.Has(YamuxHeader::kSyn)) {
    unanswered_pings_ = 0;
    return absl::OkStatus();
  }
  if (now - ping_second_ >= absl::Seconds(1)) {
    ping_second_ = now;
    pings_in_second_ = 0;
  }
  if (++pings_in_second_ > options_.pings_per_second_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat("yamux: more than ", options_.pings_per_second_max, " pings in a second"));
  }
  Send({YamuxType::kPing, YamuxHeader::kAck, 0, header.length});
  return absl::OkStatus();
}

absl::Status YamuxSession::OnGoAway(const YamuxHeader& header) {
  peer_went_away_ = true;
  Notify(Kind::kWritable, 0);
  if (header.length == static_cast<uint32_t>(YamuxGoAway::kNormal)) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("yamux: the peer ended the session with error ", header.length));
}

// The session.

absl::Status YamuxSession::Fail(const absl::Status& why) {
  if (!error_.ok()) return error_;
  const YamuxGoAway reason = absl::IsDataLoss(why) || absl::IsResourceExhausted(why)
                                 ? YamuxGoAway::kProtocolError
                                 : YamuxGoAway::kNormal;
  output_.clear();
  unsent_bytes_ = 0;
  Send({YamuxType::kGoAway, 0, 0, static_cast<uint32_t>(reason)});
  Abort(why);
  return error_;
}

void YamuxSession::Abort(const absl::Status& why) {
  if (!error_.ok()) return;
  error_ = why;
  const absl::Status broken = absl::UnavailableError(why.message());
  for (auto& [id, stream] : streams_) BreakStream(id, stream, broken);
  incoming_.clear();
  Notify(Kind::kEnded, 0);
}

void YamuxSession::GoAway() {
  if (std::exchange(went_away_, true) || !error_.ok()) return;
  Send({YamuxType::kGoAway, 0, 0, static_cast<uint32_t>(YamuxGoAway::kNormal)});
}

absl::Status YamuxSession::Ping() {
  if (!error_.ok()) return error_;
  if (unanswered_pings_ >= kUnansweredPingsMax) {
    Abort(absl::UnavailableError(
        absl::StrCat("yamux: the peer left ", unanswered_pings_, " pings unanswered")));
    return error_;
  }
  ++unanswered_pings_;
  Send({YamuxType::kPing, YamuxHeader::kSyn, 0, next_ping_++});
  return absl::OkStatus();
}

std::string YamuxSession::TakeOutput() {
  if (output_.empty()) return std::string();
  std::string piece = std::move(output_.front());
  output_.pop_front();
  unsent_bytes_ -= piece.size();
  if (unsent_bytes_ < options_.unsent_bytes_max) {
    for (const uint32_t stream : std::exchange(blocked_, {})) Notify(Kind::kWritable, stream);
  }
  return piece;
}

void YamuxSession::Send(const YamuxHeader& header, absl::string_view data) {
  const bool ends = header.Has(YamuxHeader::kFin);
  const bool joins = !ends && !output_sealed_ && !output_.empty() &&
                     output_.back().size() + data.size() <= options_.frame_bytes_max;
  if (!joins) output_.emplace_back();
  header.AppendTo(output_.back());
  output_.back().append(data.data(), data.size());
  output_sealed_ = ends;
  unsent_bytes_ += kYamuxHeaderBytes + data.size();
}

// Streams.

absl::StatusOr<uint32_t> YamuxSession::Open() {
  if (!error_.ok()) return absl::UnavailableError(error_.message());
  if (peer_went_away_) return absl::UnavailableError("yamux: the peer wants no more streams");
  if (unacknowledged_ >= options_.unacknowledged_max) {
    open_blocked_ = true;
    return absl::ResourceExhaustedError(
        absl::StrCat("yamux: ", unacknowledged_, " streams wait for the peer to take them"));
  }
  const uint64_t id = 2 * next_ours_ + (options_.dialer ? 1 : 2);
  if (id > UINT32_MAX) return absl::ResourceExhaustedError("yamux: no stream numbers are left");
  ++next_ours_;
  ++unacknowledged_;
  const auto stream = static_cast<uint32_t>(id);
  streams_.emplace(stream, YamuxStream(/*ours=*/true));
  Send({YamuxType::kWindowUpdate, YamuxHeader::kSyn, stream, 0});
  return stream;
}

std::optional<uint32_t> YamuxSession::Accept() {
  if (incoming_.empty()) return std::nullopt;
  const uint32_t stream = incoming_.front();
  incoming_.pop_front();
  const YamuxStream* const found = Find(stream);
  if (found != nullptr && found->broken().ok()) {
    Send({YamuxType::kWindowUpdate, YamuxHeader::kAck, stream, 0});
  }
  return stream;
}

absl::StatusOr<size_t> YamuxSession::Write(uint32_t id, absl::string_view bytes) {
  YamuxStream* const stream = Find(id);
  if (stream == nullptr) return NotKnown(id);
  if (!stream->broken().ok()) return stream->broken();
  if (stream->send_ended()) {
    return absl::FailedPreconditionError(absl::StrCat("yamux stream ", id, ": it was finished"));
  }
  size_t written = 0;
  while (written < bytes.size() && stream->send_credit() > 0) {
    if (unsent_bytes_ >= options_.unsent_bytes_max) {
      blocked_.insert(id);
      break;
    }
    const size_t count = std::min({bytes.size() - written, options_.frame_bytes_max,
                                   static_cast<size_t>(stream->send_credit())});
    stream->Spend(static_cast<uint32_t>(count));
    Send({YamuxType::kData, 0, id, static_cast<uint32_t>(count)}, bytes.substr(written, count));
    written += count;
  }
  return written;
}

absl::StatusOr<size_t> YamuxSession::Read(uint32_t id, size_t bytes_max, std::string& out) {
  YamuxStream* const stream = Find(id);
  if (stream == nullptr) return NotKnown(id);
  if (!stream->readable()) return stream->broken();
  const size_t count = stream->Take(bytes_max, out);
  unread_.Give(count);
  const uint32_t update = stream->TakeUpdate();
  if (update > 0) Send({YamuxType::kWindowUpdate, 0, id, update});
  return count;
}

bool YamuxSession::AtEnd(uint32_t id) const {
  const YamuxStream* const stream = Find(id);
  return stream != nullptr && stream->receive_ended() && stream->buffered_bytes() == 0;
}

void YamuxSession::Finish(uint32_t id) {
  YamuxStream* const stream = Find(id);
  if (stream == nullptr || stream->send_ended() || !stream->broken().ok()) return;
  stream->EndSending();
  Send({YamuxType::kData, YamuxHeader::kFin, id, 0});
}

void YamuxSession::Reset(uint32_t id) {
  YamuxStream* const stream = Find(id);
  if (stream == nullptr || !stream->broken().ok()) return;
  Send({YamuxType::kWindowUpdate, YamuxHeader::kRst, id, 0});
  BreakStream(id, *stream, absl::UnavailableError("the stream was reset here"));
}

void YamuxSession::Release(uint32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  YamuxStream& stream = found->second;
  if (!stream.receive_ended() || !stream.send_ended()) Reset(id);
  unread_.Give(stream.buffered_bytes());
  if (stream.ours() && stream.Acknowledge()) {
    --unacknowledged_;
    if (std::exchange(open_blocked_, false)) Notify(Kind::kWritable, 0);
  }
  if (!stream.ours()) --theirs_;
  blocked_.erase(id);
  streams_.erase(found);
}

void YamuxSession::BreakStream(uint32_t id, YamuxStream& stream, const absl::Status& why) {
  const size_t before = stream.buffered_bytes();
  stream.Break(why);
  unread_.Give(before - stream.buffered_bytes());
  Notify(Kind::kReadable, id);
  Notify(Kind::kWritable, id);
}

YamuxStream* YamuxSession::Find(uint32_t stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

const YamuxStream* YamuxSession::Find(uint32_t stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace rehearse::net
