#include "rehearse/net/kademlia/kad_stream.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/uvarint.h"

namespace rehearse::net {
namespace {

constexpr size_t kPieceBytes = 4096;
constexpr absl::Duration kAnswerTimeout = absl::Seconds(10);

}  // namespace

std::string KadProtocolOf(absl::string_view network) {
  return absl::StrCat("/", network, "/kad/1.0.0");
}

absl::Status KadStream::Write(absl::string_view message, Instant deadline) {
  std::string bytes;
  AppendCounted(message, bytes);
  return stream_.Write(bytes, deadline);
}

absl::StatusOr<std::string> KadStream::Read(Instant deadline) {
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<absl::string_view> message, reader_.Next());
    if (message.has_value()) return std::string(*message);
    std::string piece;
    REHEARSE_ASSIGN_OR_RETURN(const size_t count, stream_.Read(kPieceBytes, piece, deadline));
    if (count == 0) {
      if (reader_.pending_bytes() == 0) return absl::OutOfRangeError("kademlia: the stream ended");
      return absl::DataLossError(absl::StrCat("kademlia: the stream ended ",
                                              reader_.pending_bytes(), " bytes into a message"));
    }
    reader_.Feed(piece);
  }
}

absl::StatusOr<std::string> AskOnStream(StreamSocket& stream, absl::string_view request,
                                        KadCalls::Answered answered, Instant deadline) {
  KadStream messages(stream);
  REHEARSE_RETURN_IF_ERROR(messages.Write(request, deadline));
  if (answered == KadCalls::Answered::kNo) return "";
  absl::StatusOr<std::string> answer = messages.Read(deadline);
  if (absl::IsOutOfRange(answer.status())) {
    return absl::UnavailableError("kademlia: the peer ended the stream without an answer");
  }
  return answer;
}

absl::Status AnswerOnStream(StreamSocket& stream, KadCore& core, const KadPeer& from, bool serves,
                            absl::Duration idle_timeout) {
  KadStream messages(stream);
  for (;;) {
    const absl::StatusOr<std::string> request = messages.Read(core.DeadlineIn(idle_timeout));
    if (absl::IsOutOfRange(request.status())) return absl::OkStatus();
    if (!request.ok()) return request.status();
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<std::string> answer,
                              core.OnRequest(from, serves, *request));
    if (!answer.has_value()) continue;
    REHEARSE_RETURN_IF_ERROR(messages.Write(*answer, core.DeadlineIn(kAnswerTimeout)));
  }
}

}  // namespace rehearse::net
