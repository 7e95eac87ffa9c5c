#include "rehearse/actor/env/random.h"

namespace rehearse {

uint64_t HashLabel(absl::string_view label) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : label) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return Mix64(hash);
}

}  // namespace rehearse
