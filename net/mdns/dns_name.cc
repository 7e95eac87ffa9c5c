#include "rehearse/net/mdns/dns_name.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"

namespace rehearse::net {

DnsName::DnsName(std::initializer_list<absl::string_view> labels) {
  for (const absl::string_view label : labels) {
    REHEARSE_CHECK(TryAppend(label), "a label that is empty or too long");
  }
}

bool DnsName::TryAppend(absl::string_view label) {
  const bool fits = !label.empty() && label.size() <= kLabelBytesMax &&
                    labels_.size() + 1 + label.size() < kBytesMax;
  if (fits) absl::StrAppend(&labels_, std::string(1, static_cast<char>(label.size())), label);
  return fits;
}

// No length is that of a letter, so that lengths are compared as they are.
bool DnsName::Is(const DnsName& other) const {
  static_assert(kLabelBytesMax < 'A');
  return absl::EqualsIgnoreCase(labels_, other.labels_);
}

absl::string_view DnsName::label() const {
  return absl::string_view(labels_).substr(1, static_cast<size_t>(labels_[0]));
}

DnsName DnsName::parent() const {
  DnsName parent;
  parent.labels_ = labels_.substr(1 + label().size());
  return parent;
}

std::string DnsName::ToString() const {
  std::string text;
  for (DnsName rest = *this; !rest.is_root(); rest = rest.parent()) {
    absl::StrAppend(&text, text.empty() ? "" : ".", absl::CHexEscape(rest.label()));
  }
  return text.empty() ? "." : text;
}

}  // namespace rehearse::net
