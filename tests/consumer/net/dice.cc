#include "net/dice.h"

#include "rehearse/actor/env/random.h"

namespace net {

std::vector<int> ThrowDice(uint64_t seed, int count) {
  rehearse::Random random(seed);
  std::vector<int> faces;
  for (int i = 0; i < count; ++i) faces.push_back(static_cast<int>(random.Between(1, 6)));
  return faces;
}

}  // namespace net
