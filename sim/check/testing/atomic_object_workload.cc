#include "rehearse/sim/check/testing/atomic_object_workload.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rehearse/sim/check/log_model.h"
#include "rehearse/sim/check/queue_model.h"
#include "rehearse/sim/check/set_model.h"
#include "rehearse/sim/check/value_list.h"

namespace rehearse::sim {
namespace {

// How seldom a late operation takes effect at last, by tick.
constexpr Ratio kLateEffect = {1, 64};

constexpr uint64_t kSetValues = 5;

class Queue : public AtomicObject {
 public:
  std::string Do(absl::string_view operation, absl::string_view argument) override {
    if (operation == QueueModel::kEnqueue) {
      values_.emplace_back(argument);
      return "";
    }
    const std::string first = values_.empty() ? "" : values_.front();
    if (operation == QueueModel::kDequeue && !values_.empty()) values_.pop_front();
    return first;
  }

 private:
  std::deque<std::string> values_;
};

class Set : public AtomicObject {
 public:
  std::string Do(absl::string_view operation, absl::string_view argument) override {
    const std::string value(argument);
    if (operation == SetModel::kAdd) return Answer(values_.insert(value).second);
    if (operation == SetModel::kRemove) return Answer(values_.erase(value) == 1);
    if (operation == SetModel::kContains) return Answer(values_.count(value) == 1);
    return ValueList(std::vector<std::string>(values_.begin(), values_.end()));
  }

 private:
  static std::string Answer(bool yes) { return std::string(yes ? SetModel::kYes : SetModel::kNo); }

  std::set<std::string> values_;
};

class Log : public AtomicObject {
 public:
  std::string Do(absl::string_view operation, absl::string_view argument) override {
    if (operation == LogModel::kLength) return absl::StrCat(values_.size());
    if (operation == LogModel::kAppend) {
      values_.emplace_back(argument);
      return absl::StrCat(values_.size() - 1);
    }
    uint64_t first = 0;
    if (!argument.empty() && !absl::SimpleAtoi(argument, &first)) return "no number";
    const auto from = values_.begin() + std::min<uint64_t>(first, values_.size());
    return ValueList(std::vector<std::string>(from, values_.end()));
  }

 private:
  std::vector<std::string> values_;
};

// One of them by even odds.
std::string OneOf(Random& random, const std::vector<absl::string_view>& names) {
  return std::string(names[random.Below(names.size())]);
}

}  // namespace

AtomicKind AtomicQueue() {
  return {[] { return std::make_unique<Queue>(); },
          [](Random& random, uint64_t number) -> Request {
            const std::string operation =
                OneOf(random, {"enqueue", "enqueue", "dequeue", "dequeue", "dequeue", "peek"});
            return {operation, operation == "enqueue" ? absl::StrCat("v", number) : ""};
          }};
}

AtomicKind AtomicSet() {
  return {[] { return std::make_unique<Set>(); },
          [](Random& random, uint64_t) -> Request {
            const std::string operation =
                OneOf(random, {"add", "add", "remove", "contains", "members"});
            if (operation == "members") return {operation, ""};
            return {operation, absl::StrCat(random.Below(kSetValues))};
          }};
}

AtomicKind AtomicLog() {
  return {[] { return std::make_unique<Log>(); },
          [](Random& random, uint64_t number) -> Request {
            const std::string operation = OneOf(random, {"append", "append", "read", "length"});
            if (operation == "append") return {operation, absl::StrCat("v", number)};
            if (operation == "length" || random.Below(2) == 0) return {operation, ""};
            return {operation, absl::StrCat(random.Below(20))};
          }};
}

AtomicObjectWorkload::AtomicObjectWorkload(AtomicKind kind, const AtomicObjectOptions& options,
                                           Random random)
    : kind_(std::move(kind)),
      options_(options),
      random_(random),
      history_([this] { return Instant::FromNanos(static_cast<int64_t>(ticks_) * 1'000'000); }),
      clients_(options.clients) {}

std::vector<Operation> AtomicObjectWorkload::Run() {
  while (history_.operations().size() < options_.operations) Tick();
  return history_.operations();
}

void AtomicObjectWorkload::Tick() {
  ++ticks_;
  const uint64_t process = random_.Below(clients_.size());
  Client& client = clients_[process];
  switch (client.phase) {
    case Phase::kIdle: Begin(process, client); break;
    case Phase::kBegun: TakeEffect(client); break;
    case Phase::kTookEffect:
      client.phase = Phase::kIdle;
      history_.End(client.number, client.outcome, client.result);
      break;
  }
  if (!late_.empty() && random_.Chance(kLateEffect)) TakeLateEffect();
}

void AtomicObjectWorkload::Begin(uint64_t process, Client& client) {
  client.phase = Phase::kBegun;
  client.object = absl::StrCat("o", random_.Below(options_.objects));
  client.request = kind_.draw(random_, ticks_);
  client.result = "";
  client.outcome = random_.Chance(options_.failed)    ? Outcome::kFailed
                   : random_.Chance(options_.unknown) ? Outcome::kUnknown
                                                      : Outcome::kOk;
  client.number =
      history_.Begin(process, client.object, client.request.operation, client.request.argument);
}

void AtomicObjectWorkload::TakeEffect(Client& client) {
  client.phase = Phase::kTookEffect;
  if (client.outcome == Outcome::kUnknown) {
    late_.push_back(client);
  } else if (client.outcome == Outcome::kOk) {
    client.result = At(client.object).Do(client.request.operation, client.request.argument);
  }
}

void AtomicObjectWorkload::TakeLateEffect() {
  const Client late = late_[random_.Below(late_.size())];
  if (random_.Chance({1, 2})) At(late.object).Do(late.request.operation, late.request.argument);
  std::erase_if(late_, [&late](const Client& other) { return other.number == late.number; });
}

AtomicObject& AtomicObjectWorkload::At(const std::string& object) {
  std::unique_ptr<AtomicObject>& place = objects_[object];
  if (place == nullptr) place = kind_.make();
  return *place;
}

}  // namespace rehearse::sim
