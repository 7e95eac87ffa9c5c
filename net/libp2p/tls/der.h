// Reading DER strictly: each length in its shortest form, nothing left over.

#ifndef REHEARSE_NET_LIBP2P_TLS_DER_H_
#define REHEARSE_NET_LIBP2P_TLS_DER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

inline constexpr uint8_t kDerOctetString = 0x04;
inline constexpr uint8_t kDerSequence = 0x30;

struct DerElement {
  uint8_t tag = 0;
  absl::string_view whole;    // with tag and length
  absl::string_view content;  // both are views into the input
};

// Takes an element off the front of `bytes`. Tags of more than one byte are not known.
//   kDataLoss  it is none.
absl::StatusOr<DerElement> TakeDer(absl::string_view& bytes);

// The same, which must have this tag.
absl::StatusOr<DerElement> TakeDer(uint8_t tag, absl::string_view& bytes);

void AppendDer(uint8_t tag, absl::string_view content, std::string& out);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_DER_H_
