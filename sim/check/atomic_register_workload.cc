#include "rehearse/sim/check/atomic_register_workload.h"

#include "absl/strings/str_cat.h"
#include "rehearse/sim/check/register_model.h"

namespace rehearse::sim {
namespace {

// How seldom a late write takes effect at last, by tick.
constexpr Ratio kLateEffect = {1, 64};

}  // namespace

AtomicRegisterWorkload::AtomicRegisterWorkload(const AtomicRegisterOptions& options, Random random)
    : options_(options),
      random_(random),
      history_([this] { return Instant::FromNanos(static_cast<int64_t>(ticks_) * 1'000'000); }),
      clients_(options.clients) {}

std::vector<Operation> AtomicRegisterWorkload::Run() {
  while (history_.operations().size() < options_.operations) Tick();
  return history_.operations();
}

void AtomicRegisterWorkload::Tick() {
  ++ticks_;
  const uint64_t process = random_.Below(clients_.size());
  Client& client = clients_[process];
  switch (client.phase) {
    case Phase::kIdle: Begin(process, client); break;
    case Phase::kBegun: TakeEffect(client); break;
    case Phase::kTookEffect: End(client); break;
  }
  if (late_.empty() || !random_.Chance(kLateEffect)) return;
  const Client late = late_[random_.Below(late_.size())];
  if (random_.Chance({1, 2})) registers_[late.object] = late.value;
  std::erase_if(late_, [&late](const Client& other) { return other.number == late.number; });
}

void AtomicRegisterWorkload::Begin(uint64_t process, Client& client) {
  client.phase = Phase::kBegun;
  client.object = absl::StrCat("r", random_.Below(options_.objects));
  client.reads = random_.Chance(options_.reads);
  client.outcome = random_.Chance(options_.failed)    ? Outcome::kFailed
                   : random_.Chance(options_.unknown) ? Outcome::kUnknown
                                                      : Outcome::kOk;
  client.value = client.reads ? "" : NextValue();
  client.number =
      history_.Begin(process, client.object,
                     client.reads ? RegisterModel::kRead : RegisterModel::kWrite, client.value);
}

void AtomicRegisterWorkload::TakeEffect(Client& client) {
  client.phase = Phase::kTookEffect;
  if (client.reads) {
    client.value = registers_[client.object];
  } else if (client.outcome == Outcome::kUnknown) {
    late_.push_back(client);
  } else if (client.outcome == Outcome::kOk) {
    registers_[client.object] = client.value;
  }
}

void AtomicRegisterWorkload::End(Client& client) {
  client.phase = Phase::kIdle;
  history_.End(client.number, client.outcome, client.reads ? client.value : "");
}

std::string AtomicRegisterWorkload::NextValue() {
  const uint64_t next = values_written_++;
  return absl::StrCat("v", options_.values == 0 ? next : random_.Below(options_.values));
}

}  // namespace rehearse::sim
