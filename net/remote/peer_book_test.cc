#include "rehearse/net/remote/peer_book.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

constexpr char kId[] = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";
constexpr char kOther[] = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

TEST(PeerBookTest, ANodeThatIsCalledByItsIdNeedsNoAddress) {
  const PeerBook book;
  EXPECT_EQ(*book.AddressOf(kId), absl::StrCat("/p2p/", kId));
  EXPECT_TRUE(absl::IsNotFound(book.AddressOf("server").status()));
}

TEST(PeerBookTest, NobodyIsCalledByAnothersId) {
  const PeerBook book;
  const std::string from = absl::StrCat("/ip4/10.0.0.1/tcp/1/p2p/", kId);
  EXPECT_TRUE(book.MayBe(kId, from));
  EXPECT_TRUE(book.Vouches(kId, from));
  EXPECT_FALSE(book.MayBe(kOther, from));
  EXPECT_FALSE(book.Vouches(kOther, from));
  // A name that is no id is its word, and worth no more.
  EXPECT_TRUE(book.MayBe("server", from));
  EXPECT_FALSE(book.Vouches("server", from));
}

}  // namespace
}  // namespace rehearse::net
