#include "rehearse/sim/check/testing/list_store.h"

#include <algorithm>
#include <utility>

namespace rehearse::sim {
namespace {

using Kind = MicroOperation::Kind;

bool OnlyReads(const Transaction& transaction) {
  return std::all_of(transaction.operations.begin(), transaction.operations.end(),
                     [](const MicroOperation& operation) { return operation.kind == Kind::kRead; });
}

}  // namespace

std::vector<Transaction> ListStore::Run() {
  const auto is_busy = [](const Client& client) { return client.busy; };
  while (history_.size() < options_.transactions ||
         std::any_of(clients_.begin(), clients_.end(), is_busy)) {
    Tick();
  }
  return std::move(history_);
}

void ListStore::Tick() {
  const uint64_t process = random_.Below(clients_.size());
  Client& client = clients_[process];
  ++position_;
  if (!client.busy) {
    if (history_.size() < options_.transactions) Begin(process, client);
  } else if (client.steps < history_[client.transaction].operations.size()) {
    TakeStep(client);
  } else {
    End(client);
  }
}

void ListStore::Begin(uint64_t process, Client& client) {
  Transaction transaction = {.process = process, .begin = position_};
  const uint64_t count = 1 + random_.Below(options_.operations_max);
  for (uint64_t i = 0; i < count; ++i) transaction.operations.push_back(Draw(transaction));
  client = {.busy = true, .transaction = history_.size(), .began_at = commits_};
  client.outcome = random_.Chance(options_.failed)    ? Outcome::kFailed
                   : random_.Chance(options_.unknown) ? Outcome::kUnknown
                                                      : Outcome::kOk;
  client.counts = client.outcome == Outcome::kOk ||
                  (client.outcome == Outcome::kUnknown && random_.Below(2) == 0);
  if (at(ConsistencyModel::kSnapshotIsolation)) client.snapshot = lists_;
  history_.push_back(std::move(transaction));
}

// Reads of what the transaction has appended are left out: below snapshot isolation, what it sees
// of its own is nobody's promise.
MicroOperation ListStore::Draw(const Transaction& transaction) {
  const uint64_t key = appends_ / (options_.appends_max * options_.keys) * options_.keys +
                       random_.Below(options_.keys);
  const bool appended =
      std::any_of(transaction.operations.begin(), transaction.operations.end(),
                  [key](const MicroOperation& operation) {
                    return operation.key == key && operation.kind == Kind::kAppend;
                  });
  if (appended || random_.Below(2) == 0) return MicroOperation::Append(key, ++appends_);
  return MicroOperation::Read(key, {});
}

void ListStore::TakeStep(Client& client) {
  MicroOperation& operation = history_[client.transaction].operations[client.steps++];
  const bool reads = operation.kind == Kind::kRead;
  if (at(ConsistencyModel::kSnapshotIsolation) && reads) {
    operation.list = client.snapshot[operation.key];
  } else if (at(ConsistencyModel::kReadCommitted) && reads) {
    operation.list = lists_[operation.key];
  } else if (at(ConsistencyModel::kReadUncommitted)) {
    if (reads) operation.list = lists_[operation.key];
    if (!reads) lists_[operation.key].push_back(operation.value);
  }
}

void ListStore::End(Client& client) {
  Transaction& transaction = history_[client.transaction];
  client.busy = false;
  if (client.counts && !Commit(client)) client.outcome = Outcome::kFailed;
  transaction.outcome = client.outcome;
  if (client.outcome != Outcome::kUnknown) transaction.end = position_;
  if (client.outcome == Outcome::kOk) return;
  for (MicroOperation& operation : transaction.operations) operation.list.clear();
}

bool ListStore::Commit(Client& client) {
  Transaction& transaction = history_[client.transaction];
  if (at(ConsistencyModel::kReadUncommitted)) return true;
  if (at(ConsistencyModel::kSnapshotIsolation) && Conflicts(client)) return false;
  ++commits_;
  if (at(ConsistencyModel::kSerializable) && OnlyReads(transaction) && !past_.empty()) {
    ReadThePast(transaction);
  } else {
    RunAlone(transaction);
  }
  if (at(ConsistencyModel::kSerializable)) past_.push_back(lists_);
  return true;
}

// The first to commit wins.
bool ListStore::Conflicts(const Client& client) const {
  for (const MicroOperation& operation : history_[client.transaction].operations) {
    const auto changed = changed_at_.find(operation.key);
    if (operation.kind == Kind::kAppend && changed != changed_at_.end() &&
        changed->second > client.began_at) {
      return true;
    }
  }
  return false;
}

// Appends at once, and reads at once if the store is serializable.
void ListStore::RunAlone(Transaction& transaction) {
  for (MicroOperation& operation : transaction.operations) {
    std::vector<uint64_t>& list = lists_[operation.key];
    if (operation.kind == Kind::kAppend) {
      list.push_back(operation.value);
      changed_at_[operation.key] = commits_;
    } else if (options_.isolation >= ConsistencyModel::kSerializable) {
      operation.list = list;
    }
  }
}

void ListStore::ReadThePast(Transaction& transaction) {
  Lists& lists = past_[random_.Below(past_.size())];
  for (MicroOperation& operation : transaction.operations) operation.list = lists[operation.key];
}

}  // namespace rehearse::sim
