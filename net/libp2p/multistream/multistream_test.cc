#include "rehearse/net/libp2p/multistream/multistream.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

// Of the specification.
const std::string& Greeting() {
  static const std::string bytes = Bytes("132f6d756c746973747265616d2f312e302e300a");
  return bytes;
}
constexpr absl::string_view kTlsHex = "0b2f746c732f312e302e300a";
constexpr absl::string_view kNoiseHex = "072f6e6f6973650a";
constexpr absl::string_view kNaHex = "036e610a";

// Lets the two talk until neither has anything to say.
absl::Status Talk(MultistreamProposer& proposer, MultistreamResponder& responder) {
  for (;;) {
    const std::string proposals = proposer.TakeOutput();
    const std::string answers = responder.TakeOutput();
    if (proposals.empty() && answers.empty()) return absl::OkStatus();
    if (absl::Status status = responder.Receive(proposals); !status.ok()) return status;
    if (absl::Status status = proposer.Receive(answers); !status.ok()) return status;
  }
}

TEST(MultistreamTest, SaysTheBytesOfTheSpecification) {
  MultistreamProposer proposer({"/tls/1.0.0", "/noise"});
  EXPECT_EQ(proposer.TakeOutput(), Greeting() + Bytes(kTlsHex));
  EXPECT_EQ(proposer.TakeOutput(), "");
  ASSERT_TRUE(proposer.Receive(Greeting() + Bytes(kNaHex)).ok());
  EXPECT_EQ(proposer.TakeOutput(), Bytes(kNoiseHex));
  ASSERT_TRUE(proposer.Receive(Bytes(kNoiseHex) + "behind").ok());
  EXPECT_TRUE(proposer.done());
  EXPECT_EQ(proposer.agreed(), "/noise");
  EXPECT_EQ(proposer.TakeSurplus(), "behind");
}

TEST(MultistreamTest, AnswersTheBytesOfTheSpecification) {
  MultistreamResponder responder({"/noise"});
  EXPECT_EQ(responder.TakeOutput(), Greeting());
  ASSERT_TRUE(responder.Receive(Greeting() + Bytes(kTlsHex)).ok());
  EXPECT_EQ(responder.TakeOutput(), Bytes(kNaHex));
  ASSERT_TRUE(responder.Receive(Bytes(kNoiseHex) + "hello").ok());
  ASSERT_TRUE(responder.done());
  EXPECT_EQ(responder.TakeOutput(), Bytes(kNoiseHex));
  EXPECT_EQ(responder.agreed(), "/noise");
  EXPECT_EQ(responder.TakeSurplus(), "hello");
}

TEST(MultistreamTest, WritesTheOtherLinesOfTheSpecification) {
  for (const auto& [line, hex] : {std::pair<absl::string_view, absl::string_view>{
                                      "/yamux/1.0.0", "0d2f79616d75782f312e302e300a"},
                                  {"/ipfs/ping/1.0.0", "112f697066732f70696e672f312e302e300a"},
                                  {"/ipfs/id/1.0.0", "0f2f697066732f69642f312e302e300a"},
                                  {"/ipfs/kad/1.0.0", "102f697066732f6b61642f312e302e300a"}}) {
    std::string bytes;
    AppendLine(line, bytes);
    EXPECT_EQ(bytes, Bytes(hex));
  }
}

TEST(MultistreamTest, SaysThatThePeerTakesNothing) {
  MultistreamProposer proposer({"/a", "/b"});
  MultistreamResponder responder({"/c"});
  const absl::Status status = Talk(proposer, responder);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "/a, /b")) << status;
  EXPECT_EQ(proposer.Receive("anything"), status);
}

TEST(MultistreamTest, AnswersLsWithNa) {
  MultistreamResponder responder({"/a"});
  responder.TakeOutput();
  std::string ls;
  AppendLine("ls", ls);
  ASSERT_TRUE(responder.Receive(Greeting() + ls).ok());
  EXPECT_EQ(responder.TakeOutput(), Bytes(kNaHex));
}

TEST(MultistreamTest, RefusesTheLastProposalThatIsTooMany) {
  MultistreamResponder responder({"/a"});
  std::string unknown;
  AppendLine("/b", unknown);
  ASSERT_TRUE(responder.Receive(Greeting()).ok());
  for (size_t i = 1; i < kProposalsMax; ++i) ASSERT_TRUE(responder.Receive(unknown).ok()) << i;
  EXPECT_EQ(responder.Receive(unknown).code(), absl::StatusCode::kUnimplemented);
}

TEST(MultistreamTest, RefusesStrangers) {
  std::string other;
  AppendLine("/multistream/2.0.0", other);
  std::string longest;
  AppendLine(std::string(kLineBytesMax - 1, 'x'), longest);
  std::string too_long;
  AppendLine(std::string(kLineBytesMax, 'x'), too_long);
  for (const std::string& bytes :
       {other,
        std::string("GET / HTTP/1.1\r\n\r\nzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
                    "zzzzzzzzzzzzzz"),
        std::string("\0", 1), too_long, longest, Bytes("8100"), Bytes("ffffffffffffffffff"),
        std::string("\x02xx")}) {
    MultistreamResponder responder({"/a"});
    EXPECT_TRUE(absl::IsDataLoss(responder.Receive(bytes))) << absl::CHexEscape(bytes);
    MultistreamProposer proposer({"/a"});
    EXPECT_TRUE(absl::IsDataLoss(proposer.Receive(bytes))) << absl::CHexEscape(bytes);
  }
}

TEST(MultistreamTest, RefusesAnAnswerThatWasNotAskedFor) {
  MultistreamProposer proposer({"/tls/1.0.0"});
  const absl::Status status = proposer.Receive(Greeting() + Bytes(kNoiseHex));
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_TRUE(absl::StrContains(status.message(), "\"/noise\"")) << status;
}

TEST(MultistreamTest, HasNothingToPropose) {
  MultistreamProposer proposer({});
  EXPECT_EQ(proposer.Receive("").code(), absl::StatusCode::kUnimplemented);
}

RC_GTEST_PROP(MultistreamProperty, AgreesHoweverTheBytesAreCut, ()) {
  MultistreamProposer proposer({"/x", "/y", "/noise"});
  MultistreamResponder responder({"/noise", "/tls/1.0.0"});
  std::string to_responder = proposer.TakeOutput();
  std::string to_proposer = responder.TakeOutput();
  while (!to_responder.empty() || !to_proposer.empty()) {
    const auto count = *rc::gen::inRange<size_t>(1, 8);
    const std::string left = to_responder.substr(0, count);
    const std::string right = to_proposer.substr(0, count);
    to_responder.erase(0, left.size());
    to_proposer.erase(0, right.size());
    RC_ASSERT(responder.Receive(left).ok());
    RC_ASSERT(proposer.Receive(right).ok());
    to_responder += proposer.TakeOutput();
    to_proposer += responder.TakeOutput();
  }
  RC_ASSERT(proposer.done() && responder.done());
  RC_ASSERT(proposer.agreed() == "/noise" && responder.agreed() == "/noise");
  RC_ASSERT(proposer.TakeSurplus().empty() && responder.TakeSurplus().empty());
}

RC_GTEST_PROP(MultistreamProperty, HostileBytesAreRefusedInWords,
              (const std::string& bytes, bool greeted)) {
  MultistreamResponder responder({"/a"});
  const absl::Status status = responder.Receive(absl::StrCat(greeted ? Greeting() : "", bytes));
  RC_ASSERT(status.ok() || absl::IsDataLoss(status) || absl::IsUnimplemented(status));
  RC_ASSERT(responder.TakeOutput().size() <= Greeting().size() + 4 * kProposalsMax);
}

}  // namespace
}  // namespace rehearse::net
