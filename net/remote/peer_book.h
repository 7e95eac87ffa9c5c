// Which node has which address.

#ifndef REHEARSE_NET_REMOTE_PEER_BOOK_H_
#define REHEARSE_NET_REMOTE_PEER_BOOK_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// Filled before the node starts, read on its fibers.
class PeerBook {
 public:
  void Add(absl::string_view node, absl::string_view address) {
    addresses_[std::string(node)] = std::string(address);
  }

  //   kNotFound  nobody said where this node is: add it (--peer=NAME=ADDRESS).
  absl::StatusOr<std::string> AddressOf(absl::string_view node) const {
    const auto at = addresses_.find(std::string(node));
    if (at != addresses_.end()) return at->second;
    return absl::NotFoundError(absl::StrCat("node ", node, ": no address is known"));
  }

  const std::map<std::string, std::string>& addresses() const { return addresses_; }

 private:
  std::map<std::string, std::string> addresses_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_PEER_BOOK_H_
