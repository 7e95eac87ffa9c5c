// A register of many readers and writers on replicas of which a minority may fail.
//
// After Attiya, Bar-Noy and Dolev, "Sharing memory robustly in message-passing systems" (J. ACM
// 42(1), 1995), with the tags of Lynch and Shvartsman (FTCS 1997) for several writers. Any two
// majorities meet; so whoever asks a majority hears of the newest value that a majority
// acknowledged.

#ifndef EXAMPLES_REPLICATED_REGISTER_REGISTER_CLIENT_H_
#define EXAMPLES_REPLICATED_REGISTER_REGISTER_CLIENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "examples/replicated_register/crash_vector.h"
#include "examples/replicated_register/majority.h"
#include "examples/replicated_register/promises.h"

namespace examples::replicated_register {

// Used by one fiber at a time. `writer` is unique among all that write. `promises` may be null.
class RegisterClient {
 public:
  RegisterClient(std::string writer, Replicas replicas, Bug bug, Promises* promises)
      : writer_(std::move(writer)),
        replicas_(std::move(replicas)),
        bug_(bug),
        promises_(promises) {}

  // Errors of both:
  //   kUnavailable, kDeadlineExceeded  no majority answered. A write may still take effect.
  //   kCancelled                       the caller is being stopped.
  absl::Status Write(const std::string& key, const std::string& value);
  // "" if nothing was ever written.
  absl::StatusOr<std::string> Read(const std::string& key);

 private:
  // The newest of what a majority holds. `agreed`: whether all of it was the same.
  absl::StatusOr<Tagged> Newest(const std::string& key, bool& agreed);
  // What each replica has promised to hold.
  std::vector<Promise> Promised(const std::string& key) const;
  absl::Status StoreAtMajority(const std::string& key, const Tagged& tagged);

  const std::string writer_;
  const Replicas replicas_;
  const Bug bug_;
  Promises* const promises_;
  CrashVector known_;     // lives
  uint64_t counter_ = 0;  // of the newest tag that it has used
};

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_REGISTER_CLIENT_H_
