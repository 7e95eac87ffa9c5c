// A peer that misbehaves, as a state machine without I/O, so that many fit into one thread.

#ifndef REHEARSE_TESTS_CONFORMANCE_BAD_PEER_H_
#define REHEARSE_TESTS_CONFORMANCE_BAD_PEER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse {

// One connection's. What is returned is sent.
class BadPeer {
 public:
  virtual ~BadPeer() = default;

  // Its connection stands.
  virtual std::string Begin() { return ""; }
  virtual std::string Hear(absl::string_view) { return ""; }
  // A little time has passed.
  virtual std::string Tick() { return ""; }
  // It has had enough, and resets the connection; otherwise it stays until it is closed.
  virtual bool leaves() const { return false; }
};

using MakeBadPeer = std::function<std::unique_ptr<BadPeer>()>;

}  // namespace rehearse

#endif  // REHEARSE_TESTS_CONFORMANCE_BAD_PEER_H_
