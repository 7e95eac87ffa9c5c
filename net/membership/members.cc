#include "rehearse/net/membership/members.h"

#include <stdexcept>

namespace rehearse::net {

Members& MembersOf(const Node& node) {
  Members* const members = node.Find<Members>();
  if (members == nullptr) throw std::logic_error("the node is no member of a cluster");
  return *members;
}

}  // namespace rehearse::net
