// Which messages that may come again have come already.
//
// A tell that is sent until it is acknowledged has a place among those of its session, which
// outlives streams. Its sender says with each which of them it no longer sends, so that little is
// kept: those in between.

#ifndef REHEARSE_NET_REMOTE_RECEIPTS_H_
#define REHEARSE_NET_REMOTE_RECEIPTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

// One node's; any thread.
class Receipts {
 public:
  // Of one session. Its sender has no more under way at a time.
  static constexpr size_t kOpenMax = 4096;
  // With more, the one that has been silent for longest is forgotten, and what it sends again may
  // be taken twice.
  static constexpr size_t kSessionsMax = 1024;

  enum class Verdict : uint8_t {
    kNew,
    kHere,     // a mailbox has it already
    kTooMany,  // under way at a time
  };

  // A message with that place has come; all before `settled` come no more.
  Verdict Look(uint64_t session, uint64_t sequence, uint64_t settled);

  // A mailbox has it.
  void Keep(uint64_t session, uint64_t sequence);

  size_t sessions() const;

 private:
  struct Session {
    uint64_t settled = 0;
    std::set<uint64_t> here;  // from `settled` on
    uint64_t used = 0;        // when, counted in looks
  };

  void ForgetOne();

  mutable SpinLock lock_;
  std::map<uint64_t, Session> sessions_;
  uint64_t looks_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_RECEIPTS_H_
