#include "rehearse/net/libp2p/multistream/multistream.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kNotAvailable = "na";

std::string Quoted(absl::string_view line) {
  constexpr size_t kQuotedBytesMax = 48;
  return absl::StrCat("\"", absl::CHexEscape(line.substr(0, kQuotedBytesMax)), "\"");
}

// The first line of either side, as far as it has come: a stranger's first byte says that it is
// one.
absl::Status CheckGreeting(absl::string_view begin) {
  std::string greeting;
  AppendLine(kMultistream, greeting);
  const size_t both = std::min(begin.size(), greeting.size());
  if (begin.substr(0, both) == absl::string_view(greeting).substr(0, both)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("multistream: the peer began with ", Quoted(begin), ", not ", kMultistream));
}

// Hands the lines that are there to `side`, until it is done.
template <typename OnLine>
absl::Status ForEachLine(LineReader& reader, const bool& done, OnLine on_line) {
  while (!done) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<absl::string_view> line, reader.Next());
    if (!line.has_value()) return absl::OkStatus();
    REHEARSE_RETURN_IF_ERROR(on_line(*line));
  }
  return absl::OkStatus();
}

std::vector<std::string> AtMost(size_t count, std::vector<std::string> protocols) {
  if (protocols.size() > count) protocols.resize(count);
  return protocols;
}

}  // namespace

MultistreamProposer::MultistreamProposer(std::vector<std::string> protocols)
    : protocols_(AtMost(kProposalsMax, std::move(protocols))) {
  AppendLine(kMultistream, output_);
  error_ = Propose();
}

absl::Status MultistreamProposer::Receive(absl::string_view bytes) {
  if (!error_.ok()) return error_;
  reader_.Feed(bytes);
  if (!greeted_) error_ = CheckGreeting(reader_.rest());
  if (!error_.ok()) return error_;
  error_ = ForEachLine(reader_, done_, [this](absl::string_view line) { return OnLine(line); });
  return error_;
}

absl::Status MultistreamProposer::OnLine(absl::string_view line) {
  if (!std::exchange(greeted_, true)) return absl::OkStatus();
  const std::string& proposal = protocols_[proposed_ - 1];
  if (line == kNotAvailable) return Propose();
  if (line != proposal) {
    return absl::DataLossError(absl::StrCat("multistream: the answer to ", Quoted(proposal),
                                            " was ", Quoted(line), ", neither that nor \"na\""));
  }
  agreed_ = proposal;
  done_ = true;
  return absl::OkStatus();
}

absl::Status MultistreamProposer::Propose() {
  if (proposed_ == protocols_.size()) {
    return absl::UnimplementedError(
        absl::StrCat("multistream: the peer takes none of ", absl::StrJoin(protocols_, ", ")));
  }
  AppendLine(protocols_[proposed_++], output_);
  return absl::OkStatus();
}

MultistreamResponder::MultistreamResponder(std::vector<std::string> protocols)
    : protocols_(std::move(protocols)) {
  AppendLine(kMultistream, output_);
}

absl::Status MultistreamResponder::Receive(absl::string_view bytes) {
  if (!error_.ok()) return error_;
  reader_.Feed(bytes);
  if (!greeted_) error_ = CheckGreeting(reader_.rest());
  if (!error_.ok()) return error_;
  error_ = ForEachLine(reader_, done_, [this](absl::string_view line) { return OnLine(line); });
  return error_;
}

absl::Status MultistreamResponder::OnLine(absl::string_view line) {
  if (!std::exchange(greeted_, true)) return absl::OkStatus();
  if (std::find(protocols_.begin(), protocols_.end(), line) != protocols_.end()) {
    AppendLine(line, output_);
    agreed_ = std::string(line);
    done_ = true;
    return absl::OkStatus();
  }
  AppendLine(kNotAvailable, output_);
  if (++refused_ < kProposalsMax) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("multistream: of ", refused_,
                                               " proposals, the last of them ", Quoted(line),
                                               ", none is known here"));
}

}  // namespace rehearse::net
