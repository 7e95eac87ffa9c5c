#include "rehearse/net/libp2p/ping/ping.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {

std::string PingAsker::Ask(Entropy& entropy) {
  expected_ = std::string(DrawSecret<kPingBytes>(entropy).view());
  return expected_;
}

absl::StatusOr<bool> PingAsker::Receive(absl::string_view bytes) {
  if (!absl::StartsWith(expected_, bytes)) {
    return absl::DataLossError(
        absl::StrCat("ping: the answer's ", bytes.size(), " bytes are not those that were sent"));
  }
  expected_.erase(0, bytes.size());
  return expected_.empty() && !bytes.empty();
}

std::string PingAnswerer::Receive(absl::string_view bytes) {
  pending_.append(bytes.data(), bytes.size());
  const size_t whole = pending_.size() / kPingBytes * kPingBytes;
  std::string answer = pending_.substr(0, whole);
  pending_.erase(0, whole);
  return answer;
}

}  // namespace rehearse::net
