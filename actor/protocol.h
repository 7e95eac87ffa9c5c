// A set of messages with their replies, without a class's name.
//
//   using CounterProtocol = rehearse::Protocol<int64_t(Inc), int64_t(Get)>;

#ifndef REHEARSE_ACTOR_PROTOCOL_H_
#define REHEARSE_ACTOR_PROTOCOL_H_

#include <cstddef>
#include <type_traits>

namespace rehearse {

template <typename Signature>
struct SignatureTraits;  // R(M)
template <typename R, typename M>
struct SignatureTraits<R(M)> {
  using Return = R;
  using Message = std::decay_t<M>;
};

template <typename... Signatures>
struct Protocol {
  static constexpr size_t kSize = sizeof...(Signatures);

  // The place of message M among the signatures; kSize if it is not there.
  template <typename M>
  static constexpr size_t IndexOf() {
    constexpr bool kMatches[] = {
        std::is_same_v<typename SignatureTraits<Signatures>::Message, M>..., true};
    size_t i = 0;
    while (!kMatches[i]) ++i;
    return i;
  }
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PROTOCOL_H_
