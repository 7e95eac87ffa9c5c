// One node of a cluster, as another one knows it.

#ifndef REHEARSE_NET_MEMBERSHIP_MEMBER_H_
#define REHEARSE_NET_MEMBERSHIP_MEMBER_H_

#include <cstdint>
#include <string>
#include <tuple>

namespace rehearse::net {

// In the order in which one outdoes the other within an incarnation. Numbers of the wire.
enum class MemberState : uint8_t {
  kAlive = 0,
  kSuspect = 1,  // it did not answer; it counts as present until it is dead
  kDead = 2,
  kLeft = 3,  // it said so itself
};

struct Member {
  std::string name;     // unique in the cluster: the node's
  std::string address;  // where it is dialled
  uint64_t life = 0;    // the node's incarnation (Node::incarnation): grows with each start
  uint64_t incarnation =
      0;  // within that life: grows whenever the member refutes what is said of it
  MemberState state = MemberState::kAlive;

  // It is not known to have gone.
  bool present() const { return state <= MemberState::kSuspect; }

  friend bool operator==(const Member&, const Member&) = default;
};

// Of two statements about one member the greater is true. Only the member itself makes a greater
// life or incarnation, so that nobody else can bring it back, and it can outdo whatever is said.
inline auto RankOf(const Member& member) {
  return std::tuple(member.life, member.incarnation, member.state);
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_MEMBER_H_
