// How a large network does under churn and attack, and what that costs. Prints one line a figure.
//
//   scale --nodes=1000 --minutes=60 --churn=10 --bad=0 --paths=2 --seed=1

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "rehearse/sim/world/world.h"
#include "tests/kademlia/kad_city.h"

namespace rehearse::net {
namespace {

void Print(const char* what, const LookupTally& tally) {
  std::printf(
      "%-10s %6llu ok %4llu failed %3llu forged  success %.3f %%  %.1f questions  "
      "%.2f hops  %.2f unanswered\n",
      what, static_cast<unsigned long long>(tally.succeeded),
      static_cast<unsigned long long>(tally.failed), static_cast<unsigned long long>(tally.forged),
      100 * tally.success(), tally.asked_each(), tally.hops_each(),
      LookupTally::Of(tally.timeouts, tally.succeeded + tally.failed));
}

uint64_t FlagOr(int argc, char** argv, absl::string_view name, uint64_t otherwise) {
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    uint64_t value = 0;
    if (absl::ConsumePrefix(&argument, name) && absl::SimpleAtoi(argument, &value)) return value;
  }
  return otherwise;
}

int Main(int argc, char** argv) {
  CityOptions options;
  options.nodes = FlagOr(argc, argv, "--nodes=", 1000);
  options.length = absl::Minutes(static_cast<int64_t>(FlagOr(argc, argv, "--minutes=", 60)));
  options.churn_per_minute = Ratio::Percent(FlagOr(argc, argv, "--churn=", 10));
  options.attack.bad = Ratio::Percent(FlagOr(argc, argv, "--bad=", 0));
  options.attack.ids_tried = static_cast<int>(FlagOr(argc, argv, "--grind=", 1));
  options.dht.lookup.paths = FlagOr(argc, argv, "--paths=", options.dht.lookup.paths);
  options.dht.lookup.alpha = FlagOr(argc, argv, "--alpha=", options.dht.lookup.alpha);
  options.core.request_timeout =
      absl::Seconds(static_cast<int64_t>(FlagOr(argc, argv, "--timeout=", 10)));
  options.core.check_after = absl::Minutes(static_cast<int64_t>(FlagOr(argc, argv, "--check=", 5)));
  options.lookups_per_minute = static_cast<int64_t>(FlagOr(argc, argv, "--lookups=", 120));
  options.names = FlagOr(argc, argv, "--names=", 100);

  const auto begin = std::chrono::steady_clock::now();
  sim::World world({.seed = FlagOr(argc, argv, "--seed=", 1)});
  CityReport report;
  world.AddNode("city", [&](Node& node) -> absl::Status {
    auto* city = new KadCity(node, options);  // what is under way when it ends refers to it
    const absl::Status status = city->Run();
    report = city->report();
    return status;
  });
  world.RunUntil([&] { return report.over; }, absl::Hours(24));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%zu nodes, %s with churn, %llu joined, %llu left, tables of %.0f peers\n",
              options.nodes, absl::FormatDuration(options.length).c_str(),
              static_cast<unsigned long long>(report.joined),
              static_cast<unsigned long long>(report.left), report.table_size);
  Print("peers", report.peers);
  Print("values", report.values);
  Print("providers", report.providers);
  std::printf("log2 n     %.2f\n", std::log2(static_cast<double>(options.nodes)));
  std::printf("messages   %.2f million, %.0f MB\n", static_cast<double>(report.messages) / 1e6,
              static_cast<double>(report.bytes) / 1e6);
  // On a machine that others use too, the processor's seconds are those to look at.
  std::printf("real       %.1f s, of the processor %.1f s\nmemory     %.0f MB\n", seconds,
              static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                  static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
              static_cast<double>(usage.ru_maxrss) / 1024);
  return report.over ? 0 : 1;
}

}  // namespace
}  // namespace rehearse::net

int main(int argc, char** argv) { return rehearse::net::Main(argc, argv); }
