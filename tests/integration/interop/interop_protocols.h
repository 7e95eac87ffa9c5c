// The protocols that both peers serve besides libp2p's own. The same in JavaScript: protocols.mjs.

#ifndef REHEARSE_TESTS_INTEGRATION_INTEROP_INTEROP_PROTOCOLS_H_
#define REHEARSE_TESTS_INTEGRATION_INTEROP_INTEROP_PROTOCOLS_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"

namespace rehearse::net {

// What comes goes back, then both end.
inline constexpr absl::string_view kEchoProtocol = "/interop/echo/1";
// A count in 8 bytes, then that many; answered by how many were right.
inline constexpr absl::string_view kSinkProtocol = "/interop/sink/1";
// A count in 8 bytes, answered by that many.
inline constexpr absl::string_view kSourceProtocol = "/interop/source/1";
// Nobody serves it.
inline constexpr absl::string_view kNobodysProtocol = "/interop/nobodys/1";

// For whatever takes part of a check; the machine may be busy.
inline constexpr absl::Duration kInteropPatience = absl::Seconds(100);

StreamHandlers InteropProtocols();

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_INTEGRATION_INTEROP_INTEROP_PROTOCOLS_H_
