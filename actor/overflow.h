// What a full mailbox does.

#ifndef REHEARSE_ACTOR_OVERFLOW_H_
#define REHEARSE_ACTOR_OVERFLOW_H_

#include <cstdint>

namespace rehearse {

// With one message more than it has room for.
enum class Overflow : uint8_t {
  kWait,        // Tell and Ask wait for room
  kReject,      // they fail with kResourceExhausted, as TryTell does
  kDropNewest,  // a tell is taken and dropped, a dead letter; an ask fails as above
  kDropOldest,  // the oldest makes room: dropped as a dead letter, or its asker told as above
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_OVERFLOW_H_
