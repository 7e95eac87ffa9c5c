// The entropy of a run for GnuTLS, which draws keys, nonces and signatures from a generator of its
// own. It asks for it by an exported name, even within itself, and that name is ours: so a run's
// handshakes, and with them all packets, are the seed's.
//
// A product that had this would have keys that anybody can guess: nothing that ships may link it.

#include <dlfcn.h>

#include <cstddef>

#include "rehearse/sim/hermetic/hooks.h"

namespace sim = rehearse::sim;

extern "C" {

int gnutls_rnd(int level, void* out, size_t bytes) {
  if (sim::HermeticSeams* const seams = sim::CurrentHermetic()) {
    seams->RandomBytes(out, bytes);
    return 0;
  }
  using Draw = int(int, void*, size_t);
  static auto* const next = reinterpret_cast<Draw*>(dlsym(RTLD_NEXT, "gnutls_rnd"));
  return next(level, out, bytes);
}

void gnutls_rnd_refresh() {
  if (sim::CurrentHermetic() != nullptr) return;
  using Refresh = void();
  static auto* const next = reinterpret_cast<Refresh*>(dlsym(RTLD_NEXT, "gnutls_rnd_refresh"));
  next();
}

}  // extern "C"
