#include "rehearse/sim/testkit/probe.h"

namespace rehearse::sim {
namespace {

std::string Told(const internal::Arrival& came) {
  return absl::StrCat(came.type_name, " ", came.Print(), " at ", came.when.ToString());
}

}  // namespace

Probe::Probe(TestKit& kit, std::string name)
    : kit_(kit),
      name_(std::move(name)),
      arrivals_(std::make_shared<internal::Arrivals>()),
      // Whoever tells a probe never waits for room.
      self_(kit.SpawnWith<internal::ProbeActor>({.mailbox_capacity = 0}, arrivals_)) {}

Probe::~Probe() { self_.Stop(); }

std::unique_ptr<internal::Arrival> Probe::Await(const std::string& wanted, absl::Duration within,
                                                Place place) {
  const Instant start = kit_.now();
  (void)kit_.RunUntil([this] { return !arrivals_->empty(); }, within, place);
  if (arrivals_->empty()) {
    kit_.EndTest(place,
                 absl::StrCat(name_, " expected ", wanted, " within ", absl::FormatDuration(within),
                              " of ", start.ToString(), "; nothing came"));
  }
  std::unique_ptr<internal::Arrival> next = std::move(arrivals_->front());
  arrivals_->pop_front();
  return next;
}

void Probe::ExpectNone(absl::Duration length, Place place) {
  const Instant start = kit_.now();
  (void)kit_.RunUntil([this] { return !arrivals_->empty(); }, length, place);
  if (arrivals_->empty()) return;
  kit_.AddFailure(
      place, absl::StrCat(name_, " expected nothing for ", absl::FormatDuration(length), " from ",
                          start.ToString(), "; there came ", Told(*arrivals_->front())));
  arrivals_->pop_front();
}

void Probe::Unmet(const std::string& wanted, const internal::Arrival& came, absl::string_view why,
                  Place place) const {
  kit_.EndTest(place, absl::StrCat(name_, " expected ", wanted, "; there came ", Told(came),
                                   why.empty() ? "" : ", ", why));
}

}  // namespace rehearse::sim
