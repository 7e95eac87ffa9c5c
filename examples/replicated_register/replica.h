// A server of the register: holds the newest value it was told of, for each key.

#ifndef EXAMPLES_REPLICATED_REGISTER_REPLICA_H_
#define EXAMPLES_REPLICATED_REGISTER_REPLICA_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "examples/replicated_register/crash_vector.h"
#include "examples/replicated_register/options.h"
#include "examples/replicated_register/record_log.h"
#include "examples/replicated_register/register.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/protocol.h"

namespace examples::replicated_register {

using ReplicaProtocol = rehearse::Protocol<Held(Query), Stored(Store), Recovered(Recover)>;

// Whether `a` is newer than `b`.
bool Newer(const Tagged& a, const Tagged& b);

// What is held for each key, as messages and records.
std::vector<Store> StoresOf(const std::map<std::string, Tagged>& held);
// `held` is then the newest of both.
void Merge(const std::vector<Store>& stores, std::map<std::string, Tagged>& held);

// With Recovery::kDisk, what it holds is in a log on its node's disk, and is there before a Store
// is answered: an answer is a promise. When the log fails it panics, as what is in memory may be
// less than what is on the disk, or more; its next life begins with the log.
class Replica : public rehearse::Actor {
 public:
  // It begins with what was `recovered` elsewhere.
  explicit Replica(const Options& options, const Recovered& recovered = {});

  // Reads the log, if there is to be one.
  absl::Status OnStart() override;

  Held Handle(const Query& query);
  Stored Handle(const Store& store);
  Recovered Handle(const Recover& recover);

 private:
  // The log is written anew when it is longer than this, in blocks, and twice what it has to be.
  static constexpr uint64_t kLogBlocksMax = 64;

  absl::Status Keep(const Store& store);
  std::vector<std::string> Records() const;

  const Options options_;
  std::map<std::string, Tagged> held_;
  CrashVector lives_;
  std::unique_ptr<RecordLog> log_;  // null: nothing is on disk
};

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_REPLICA_H_
