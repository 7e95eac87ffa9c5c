// A target's seeds, whole, cut and changed, without a fuzzer. REHEARSE_CORPUS is their folder.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

constexpr int kChangesOfASeed = 300;

// By name.
std::map<std::string, std::string> Seeds() {
  std::map<std::string, std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(std::getenv("REHEARSE_CORPUS"))) {
    std::ifstream file(entry.path(), std::ios::binary);
    seeds[entry.path().filename()] =
        std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

// A claim that does not hold names the seed.
class AtSeed final : public CheckContext {
 public:
  AtSeed(std::string name, absl::string_view how) : words_(absl::StrCat(name, how)) {}
  std::string Describe() const override { return words_; }

 private:
  const std::string words_;
};

TEST(CorpusTest, EachSeedIsHarmless) {
  const std::map<std::string, std::string> seeds = Seeds();
  EXPECT_GE(seeds.size(), 1u);
  for (const auto& [name, bytes] : seeds) {
    const AtSeed at(name, "");
    Fuzz(bytes);
  }
}

TEST(CorpusTest, SoIsEachThatIsCutOrChanged) {
  for (const auto& [name, bytes] : Seeds()) {
    Random random(bytes.size());
    for (int i = 0; i < kChangesOfASeed && !bytes.empty(); ++i) {
      const AtSeed at(name, absl::StrCat(", change ", i));
      const uint64_t place = random.Below(bytes.size());
      std::string changed = bytes;
      changed[place] = static_cast<char>(random.Next());
      if (random.Below(3) == 0) changed.resize(place);
      Fuzz(changed);
    }
  }
}

}  // namespace
}  // namespace rehearse
