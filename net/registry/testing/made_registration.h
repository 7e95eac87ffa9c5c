// Registrations and keys for tests.

#ifndef REHEARSE_NET_REGISTRY_TESTING_MADE_REGISTRATION_H_
#define REHEARSE_NET_REGISTRY_TESTING_MADE_REGISTRATION_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/registry/registration.h"

namespace rehearse::net {

// Another for each number.
inline Identity MadeIdentity(uint64_t number) {
  SeededEntropy entropy(number);
  return Identity::Generate(entropy);
}

// Of a unique name, with one actor.
inline Registration MadeRegistration(absl::string_view name, absl::Time expires) {
  return {.name = std::string(name),
          .node = "server",
          .addresses = {"/ip4/10.0.0.1/tcp/8020"},
          .incarnation = 3,
          .actors = {{.actor = "#7", .protocol = {.id = {1, 2}, .messages = "Inc, Get"}}},
          .token = 1000,
          .sequence = 5,
          .expires = expires};
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_TESTING_MADE_REGISTRATION_H_
