// Dice that fall the same way for the same seed.

#ifndef CONSUMER_NET_DICE_H_
#define CONSUMER_NET_DICE_H_

#include <cstdint>
#include <vector>

namespace net {

// `count` throws of a die with six sides, drawn from `seed`.
std::vector<int> ThrowDice(uint64_t seed, int count);

}  // namespace net

#endif  // CONSUMER_NET_DICE_H_
