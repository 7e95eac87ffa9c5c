// What a peer does that speaks for itself, bytes on a connection.

#ifndef REHEARSE_TESTS_CONFORMANCE_RAW_SCRIPT_H_
#define REHEARSE_TESTS_CONFORMANCE_RAW_SCRIPT_H_

#include <string>

namespace rehearse {

struct RawScript {
  std::string says;
  // It then leaves, by a reset, once it has heard so many bytes; negative: it waits until it is
  // closed.
  int leaves_after = -1;
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_CONFORMANCE_RAW_SCRIPT_H_
