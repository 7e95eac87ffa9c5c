// The frames of yamux: a header of twelve bytes, and, of data alone, so many bytes behind it.

#ifndef REHEARSE_NET_LIBP2P_YAMUX_YAMUX_FRAME_H_
#define REHEARSE_NET_LIBP2P_YAMUX_YAMUX_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

inline constexpr size_t kYamuxHeaderBytes = 12;

enum class YamuxType : uint8_t { kData = 0, kWindowUpdate = 1, kPing = 2, kGoAway = 3 };

// Why a session ends.
enum class YamuxGoAway : uint32_t { kNormal = 0, kProtocolError = 1, kInternalError = 2 };

struct YamuxHeader {
  static constexpr uint16_t kSyn = 1;
  static constexpr uint16_t kAck = 2;
  static constexpr uint16_t kFin = 4;
  static constexpr uint16_t kRst = 8;

  YamuxType type = YamuxType::kData;
  uint16_t flags = 0;
  uint32_t stream = 0;  // 0: the session
  uint32_t length = 0;  // of data: the bytes that follow; else a credit, a value, a reason

  bool Has(uint16_t flag) const { return (flags & flag) != 0; }

  void AppendTo(std::string& out) const;

  // Of kYamuxHeaderBytes.
  //   kDataLoss  the version or the type isn't known.
  static absl::StatusOr<YamuxHeader> Decode(absl::string_view bytes);

  friend bool operator==(const YamuxHeader&, const YamuxHeader&) = default;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_YAMUX_YAMUX_FRAME_H_
