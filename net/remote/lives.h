// Which life of each node this one has spoken with last.

#ifndef REHEARSE_NET_REMOTE_LIVES_H_
#define REHEARSE_NET_REMOTE_LIVES_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

// One node's; any thread. As many entries as nodes that it dials.
class Lives {
 public:
  // `node`, dialled at its own address, says that it is in its `incarnation`.
  //   kFailedPrecondition  it was in a later one before: what answers there is left over from an
  //                        earlier one, or plays it again.
  absl::Status Meet(absl::string_view node, uint64_t incarnation) {
    const std::lock_guard<SpinLock> lock(lock_);
    uint64_t& latest = latest_[std::string(node)];
    if (incarnation < latest) {
      return absl::FailedPreconditionError(absl::StrCat("node ", node,
                                                        " answers in its incarnation ", incarnation,
                                                        ", after it was in ", latest));
    }
    latest = incarnation;
    return absl::OkStatus();
  }

 private:
  SpinLock lock_;
  std::map<std::string, uint64_t> latest_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_LIVES_H_
