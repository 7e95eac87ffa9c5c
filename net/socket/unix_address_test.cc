#include "rehearse/net/socket/unix_address.h"

#include <gtest/gtest.h>

#include <string>

namespace rehearse::net {
namespace {

TEST(UnixAddressTest, TheNameIsWhatFollowsThePrefix) {
  EXPECT_EQ(UnixName("unix:/run/app.sock").value(), "/run/app.sock");
  EXPECT_EQ(UnixName("unix:@app").value(), "@app");
  EXPECT_EQ(UnixName("unix:").value(), "");
  EXPECT_FALSE(UnixName("127.0.0.1").has_value());
  EXPECT_FALSE(UnixName("unix").has_value());
  EXPECT_EQ(UnixHost("/run/app.sock"), "unix:/run/app.sock");
}

TEST(UnixAddressTest, APathOrAnAbstractNameIsOne) {
  EXPECT_EQ(WhyNoUnixName("/a"), nullptr);
  EXPECT_EQ(WhyNoUnixName("@a"), nullptr);
  for (const std::string& name : {std::string(), std::string("a"), std::string("./a"),
                                  std::string("/a\0b", 4), std::string("@\0", 2)}) {
    EXPECT_NE(WhyNoUnixName(name), nullptr) << name;
  }
}

TEST(UnixAddressTest, TheLongestFitsAndOneMoreDoesNot) {
  for (const char first : {'/', '@'}) {
    const std::string longest = first + std::string(kUnixNameBytesMax - 1, 'x');
    EXPECT_EQ(WhyNoUnixName(longest), nullptr);
    EXPECT_NE(WhyNoUnixName(longest + "x"), nullptr);
  }
}

}  // namespace
}  // namespace rehearse::net
