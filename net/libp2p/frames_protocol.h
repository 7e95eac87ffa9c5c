// The name by which streams that carry our frames are agreed on.

#ifndef REHEARSE_NET_LIBP2P_FRAMES_PROTOCOL_H_
#define REHEARSE_NET_LIBP2P_FRAMES_PROTOCOL_H_

#include "absl/strings/string_view.h"

namespace rehearse::net {

inline constexpr absl::string_view kFramesProtocol = "/rehearse/frames/1";

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_FRAMES_PROTOCOL_H_
