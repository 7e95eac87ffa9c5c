#include "rehearse/net/remote/ring.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/codec/envelope.h"

namespace rehearse::net {
namespace {

auto Key(const RingHop& hop) { return std::tie(hop.node, hop.incarnation, hop.wait); }

// Whether `a` is to give up rather than `b`.
bool GoesBefore(const RingHop& a, const RingHop& b) {
  if (a.afar != b.afar) return a.afar;
  if (a.is_ask != b.is_ask) return a.is_ask;
  return Key(a) < Key(b);
}

}  // namespace

bool IsInBounds(const RingProbe& probe) {
  if (probe.look == 0 || probe.hops.empty() || probe.hops.size() > kRingHopsMax) return false;
  return std::all_of(probe.hops.begin(), probe.hops.end(), [](const RingHop& hop) {
    return hop.node.size() <= kNameBytesMax && hop.actor.size() <= kRingNameMax;
  });
}

bool IsSameWait(const RingHop& a, const RingHop& b) { return Key(a) == Key(b); }

bool IsSameRing(const Ring& a, const Ring& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), IsSameWait);
}

bool FirstGivesUp(const Ring& ring) {
  return std::min_element(ring.begin(), ring.end(), GoesBefore) == ring.begin();
}

// Names are other nodes' words.
std::string RingText(const Ring& ring) {
  std::string text;
  for (const RingHop& hop : ring) {
    absl::StrAppend(&text, absl::CHexEscape(absl::StrCat(hop.actor, " on ", hop.node)), " -> ");
  }
  return absl::StrCat(
      text, absl::CHexEscape(absl::StrCat(ring.front().actor, " on ", ring.front().node)));
}

}  // namespace rehearse::net
