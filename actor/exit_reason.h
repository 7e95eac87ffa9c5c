// Why an actor ended.

#ifndef REHEARSE_ACTOR_EXIT_REASON_H_
#define REHEARSE_ACTOR_EXIT_REASON_H_

#include <cstdint>
#include <exception>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse {

struct ExitReason {
  // Numbers of the wire: they never change.
  enum class Kind : uint8_t {
    kNormal,      // a function actor returned, or nobody referred to the actor any more
    kStopped,     // it was asked to stop, or its parent or node ended
    kKilled,      // its stack was unwound by force, or left parked if that could not be
    kPanicked,    // a handler or hook threw, or a told handler returned an error; what: the text
    kLinkDied,    // an actor that it was linked to ended badly
    kNodeLost,    // the node it ran on is gone, or was out of reach for too long
    kRestarting,  // its supervisor starts it anew
    kGone,        // another node has no such actor any more, and does not know why
  };

  Kind kind = Kind::kNormal;
  std::string what;

  // Whether those who are linked to the actor take it as their own end.
  bool bad() const {
    return kind != Kind::kNormal && kind != Kind::kStopped && kind != Kind::kRestarting;
  }
  // "panicked: division by zero"
  std::string ToString() const;

  friend bool operator==(const ExitReason&, const ExitReason&) = default;
};

absl::string_view ExitKindName(ExitReason::Kind kind);

// What an exception that left a handler says for itself.
std::string PanicText(const std::exception_ptr& thrown);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_EXIT_REASON_H_
