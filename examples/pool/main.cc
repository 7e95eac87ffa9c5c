// A node that has twelve photos developed: what follows "--" is by how many.

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "examples/pool/pool.h"
#include "rehearse/net/node/run_node.h"

namespace {

constexpr int kDevelopers = 4;
constexpr int kDevelopersMax = 1000;
constexpr int kPhotos = 12;

// 0: the arguments are no such number.
int DevelopersOf(const std::vector<std::string>& args) {
  int developers = args.empty() ? kDevelopers : 0;
  if (args.size() == 1 && !absl::SimpleAtoi(args.front(), &developers)) return 0;
  return developers > 0 && developers <= kDevelopersMax ? developers : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto program = [](rehearse::Node& node) {
    const int developers = DevelopersOf(node.args());
    const auto batch = examples::pool::DevelopAll(node, static_cast<size_t>(developers), kPhotos,
                                                  absl::Milliseconds(50));
    if (batch.ok()) {
      std::printf("%d photos by %d: at most %d each, in %d ms\n", kPhotos, developers, batch->most,
                  static_cast<int>(absl::ToInt64Milliseconds(batch->took)));
    }
    node.Shutdown();
    return batch.status();
  };
  const auto check_args = [](const std::vector<std::string>& args) -> absl::Status {
    if (DevelopersOf(args) > 0) return absl::OkStatus();
    return absl::InvalidArgumentError("say how many, 1 to 1000, as in \"-- 4\"");
  };
  return rehearse::net::RunNode(argc, argv, program, {.check_args = check_args});
}
