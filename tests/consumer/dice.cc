#include <cstdio>

#include "net/dice.h"

int main() {
  for (const int face : net::ThrowDice(42, 5)) std::printf("%d ", face);
  std::printf("\n");
}
