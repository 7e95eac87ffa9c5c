#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "rehearse/net/identity/base32.h"
#include "rehearse/net/identity/base58.h"

namespace rehearse::net {
namespace {

TEST(Base58Test, WritesTheKnownExamples) {
  EXPECT_EQ(ToBase58(""), "");
  EXPECT_EQ(ToBase58("Hello World!"), "2NEpo7TZRRrLZSi2U");
  EXPECT_EQ(ToBase58(absl::HexStringToBytes("0000287fb4cd")), "11233QC4");
  EXPECT_EQ(FromBase58("11233QC4"), absl::HexStringToBytes("0000287fb4cd"));
  EXPECT_EQ(FromBase58(""), "");
}

TEST(Base58Test, RefusesOtherCharactersAndLongText) {
  for (const absl::string_view text : {"0", "O", "I", "l", "2NEpo7 ", "é"}) {
    EXPECT_FALSE(FromBase58(text).has_value()) << text;
  }
  EXPECT_TRUE(FromBase58(std::string(kBase58TextMax, '2')).has_value());
  EXPECT_FALSE(FromBase58(std::string(kBase58TextMax + 1, '2')).has_value());
}

// RFC 4648, section 10, in small letters.
TEST(Base32Test, WritesTheExamplesOfTheRfc) {
  const std::string texts[] = {"", "my", "mzxq", "mzxw6", "mzxw6yq", "mzxw6ytb", "mzxw6ytboi"};
  const std::string word = "foobar";
  for (size_t length = 0; length <= word.size(); ++length) {
    EXPECT_EQ(ToBase32(word.substr(0, length)), texts[length]);
    EXPECT_EQ(FromBase32(texts[length]), word.substr(0, length));
  }
}

TEST(Base32Test, RefusesWhatIsNotTheOneForm) {
  for (const absl::string_view text : {"MY", "my======", "mz", "m", "mzxw6y", "1", "m\xc3"}) {
    EXPECT_FALSE(FromBase32(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace rehearse::net
