// A name in the DNS: "_p2p._udp.local", label by label.

#ifndef REHEARSE_NET_MDNS_DNS_NAME_H_
#define REHEARSE_NET_MDNS_DNS_NAME_H_

#include <cstddef>
#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

// A value, in the form that it has in a message (RFC 1035, section 3.1): each label behind its
// length. So a label may have any bytes, dots too.
class DnsName {
 public:
  static constexpr size_t kLabelBytesMax = 63;
  static constexpr size_t kBytesMax = 255;  // with all lengths, and the root's at the end

  DnsName() = default;  // the root, which has no labels
  // A program's own; a label that does not fit is a bug.
  explicit DnsName(std::initializer_list<absl::string_view> labels);

  // Puts `label` at the end, towards the root. False: it is empty, or does not fit.
  bool TryAppend(absl::string_view label);

  // The same name, for whom upper and lower case of ASCII are one (RFC 1035, section 2.3.3). ==
  // tells them apart.
  bool Is(const DnsName& other) const;

  bool is_root() const { return labels_.empty(); }
  // The one that is farthest from the root, and the name without it. Not of the root.
  absl::string_view label() const;
  DnsName parent() const;

  // "local" of "_udp.local"; for people, as it is no place to look whether labels have dots.
  std::string ToString() const;

  // The labels with their lengths, without the root's.
  const std::string& labels() const { return labels_; }
  friend bool operator==(const DnsName&, const DnsName&) = default;

 private:
  std::string labels_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MDNS_DNS_NAME_H_
