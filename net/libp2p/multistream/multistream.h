// multistream-select 1.0: how two sides of a stream of bytes agree on what to speak on it.
//
// Both say what this is; then one proposes protocols, one after the other, and the other takes one
// or answers "na". State machines without I/O: bytes of the peer go in, bytes for it come out.
// Differences: "ls" is answered with "na", as current libp2p does.

#ifndef REHEARSE_NET_LIBP2P_MULTISTREAM_MULTISTREAM_H_
#define REHEARSE_NET_LIBP2P_MULTISTREAM_MULTISTREAM_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/libp2p/multistream/line_reader.h"

namespace rehearse::net {

inline constexpr absl::string_view kMultistream = "/multistream/1.0.0";
inline constexpr size_t kProposalsMax = 16;

// The side that proposes: who dialled the connection, or opened the stream.
class MultistreamProposer {
 public:
  // Proposes each of `protocols`, the best first, up to kProposalsMax of them. The first goes out
  // with the greeting; who has only one may send what belongs to it right behind.
  explicit MultistreamProposer(std::vector<std::string> protocols);

  // Takes what the peer sent. Once done, further bytes only join the surplus.
  //   kUnimplemented  it takes none of the protocols.
  //   kDataLoss       it does not speak multistream-select.
  // Both are the end: close the stream. Later calls return the same.
  absl::Status Receive(absl::string_view bytes);

  // What is to be sent; empty if nothing is.
  std::string TakeOutput() { return std::exchange(output_, {}); }

  bool done() const { return done_; }
  // What was agreed on, once done.
  const std::string& agreed() const { return agreed_; }
  // What the peer sent behind its agreement: it belongs to the agreed protocol.
  std::string TakeSurplus() { return reader_.TakeRest(); }

 private:
  absl::Status OnLine(absl::string_view line);
  absl::Status Propose();

  const std::vector<std::string> protocols_;
  size_t proposed_ = 0;  // of them
  LineReader reader_;
  bool greeted_ = false;
  bool done_ = false;
  std::string agreed_;
  std::string output_;
  absl::Status error_;
};

// The other side.
class MultistreamResponder {
 public:
  // Takes any of `protocols`.
  explicit MultistreamResponder(std::vector<std::string> protocols);

  // As the proposer's.
  //   kUnimplemented  kProposalsMax proposals were made, and none was one of ours.
  absl::Status Receive(absl::string_view bytes);
  std::string TakeOutput() { return std::exchange(output_, {}); }
  bool done() const { return done_; }
  const std::string& agreed() const { return agreed_; }
  std::string TakeSurplus() { return reader_.TakeRest(); }

 private:
  absl::Status OnLine(absl::string_view line);

  const std::vector<std::string> protocols_;
  size_t refused_ = 0;
  LineReader reader_;
  bool greeted_ = false;
  bool done_ = false;
  std::string agreed_;
  std::string output_;
  absl::Status error_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_MULTISTREAM_MULTISTREAM_H_
