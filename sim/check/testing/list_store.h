// A store of lists that isolates its transactions just as well as it is told to, and its clients.

#ifndef REHEARSE_SIM_CHECK_TESTING_LIST_STORE_H_
#define REHEARSE_SIM_CHECK_TESTING_LIST_STORE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {

struct ListStoreOptions {
  // What the store promises and no more: kReadUncommitted, kReadCommitted, kSnapshotIsolation,
  // kSerializable or kStrictSerializable.
  ConsistencyModel isolation = ConsistencyModel::kStrictSerializable;
  uint64_t transactions = 1000;
  uint64_t clients = 8;
  uint64_t operations_max = 4;  // of a transaction
  uint64_t keys = 3;            // in use at a time
  uint64_t appends_max = 32;    // to a key, about; then another takes its place
  Ratio failed = Ratio::Never();
  Ratio unknown = Ratio::Never();  // takes effect or not, with even odds
};

// At each tick one client begins a transaction, takes a step of it, or ends it.
class ListStore {
 public:
  ListStore(const ListStoreOptions& options, Random random)
      : options_(options), random_(random), clients_(options.clients) {}

  // The whole history. Call it once.
  std::vector<Transaction> Run();

 private:
  using Lists = std::map<uint64_t, std::vector<uint64_t>>;

  struct Client {
    bool busy = false;
    size_t transaction = 0;  // in history_
    Outcome outcome = Outcome::kOk;
    bool counts = true;   // takes effect
    size_t steps = 0;     // taken
    size_t began_at = 0;  // commits before it began
    Lists snapshot{};     // for kSnapshotIsolation
  };

  void Tick();
  void Begin(uint64_t process, Client& client);
  MicroOperation Draw(const Transaction& transaction);
  void TakeStep(Client& client);
  void End(Client& client);
  bool Commit(Client& client);
  bool Conflicts(const Client& client) const;
  void RunAlone(Transaction& transaction);
  void ReadThePast(Transaction& transaction);
  bool at(ConsistencyModel isolation) const { return options_.isolation == isolation; }

  const ListStoreOptions options_;
  Random random_;
  std::vector<Client> clients_;
  std::vector<Transaction> history_;
  Lists lists_;
  std::vector<Lists> past_;                // of kSerializable, after each commit
  std::map<uint64_t, size_t> changed_at_;  // by key: the commits up to the last that appended
  size_t commits_ = 0;
  uint64_t position_ = 0;
  uint64_t appends_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_TESTING_LIST_STORE_H_
