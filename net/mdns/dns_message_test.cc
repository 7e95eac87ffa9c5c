#include "rehearse/net/mdns/dns_message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/mdns/dns_reader.h"

namespace rehearse::net {
namespace {

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

// The header: flags, and how many questions, answers, authorities and additional records.
std::string Header(absl::string_view flags, int questions, int answers, int authorities = 0,
                   int additional = 0) {
  std::string header = absl::StrCat("0000", flags);
  for (const int count : {questions, answers, authorities, additional}) {
    absl::StrAppend(&header, absl::Hex(count, absl::kZeroPad4));
  }
  return Bytes(header);
}

const std::string kService = Bytes("045f703270045f756470056c6f63616c00");  // _p2p._udp.local
const DnsName kServiceName({"_p2p", "_udp", "local"});

bool IsRefused(const std::string& bytes) {
  return absl::IsDataLoss(DnsMessage::Decode(bytes).status());
}

TEST(DnsNameTest, LabelsHaveABoundAndSoHasTheirSum) {
  DnsName name;
  EXPECT_FALSE(name.TryAppend(""));
  EXPECT_FALSE(name.TryAppend(std::string(64, 'a')));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(name.TryAppend(std::string(63, 'a')));
  EXPECT_FALSE(name.TryAppend(std::string(62, 'a')));
  EXPECT_TRUE(name.TryAppend(std::string(61, 'a')));
  EXPECT_FALSE(name.TryAppend("a"));
  EXPECT_EQ(name.labels().size() + 1, DnsName::kBytesMax);
}

TEST(DnsNameTest, CaseSaysNothingAndDotsInLabelsDo) {
  EXPECT_TRUE(kServiceName.Is(DnsName({"_P2P", "_udp", "LOCAL"})));
  EXPECT_FALSE(kServiceName == DnsName({"_P2P", "_udp", "LOCAL"}));
  EXPECT_FALSE(kServiceName.Is(DnsName({"_p2p._udp", "local"})));
  EXPECT_EQ(kServiceName.parent(), DnsName({"_udp", "local"}));
  EXPECT_EQ(kServiceName.ToString(), "_p2p._udp.local");
  EXPECT_EQ(DnsName().ToString(), ".");
}

TEST(DnsMessageTest, AQuestionIsTheRfcsBytes) {
  const DnsMessage question{.questions = {{kServiceName, DnsType::kPtr}}};
  const std::string bytes = Header("0000", 1, 0) + kService + Bytes("000c0001");
  EXPECT_EQ(question.Encode().value(), bytes);
  EXPECT_EQ(DnsMessage::Decode(bytes).value(), question);
}

TEST(DnsMessageTest, NamesThatWereThereAreWrittenOnce) {
  const DnsName peer({"x", "_p2p", "_udp", "local"});
  const DnsMessage answer{
      .is_response = true,
      .answers = {{.name = kServiceName, .ttl_seconds = 360, .target = peer}},
      .additional = {
          {.name = peer, .type = DnsType::kTxt, .is_unique = true, .texts = {"a", "bc"}}}};
  const std::string bytes = Header("8400", 0, 1, 0, 1) + kService +
                            Bytes(
                                "000c0001000001680004"
                                "0178c00c"
                                "c027"
                                "001080010000000000050161026263");
  EXPECT_EQ(absl::BytesToHexString(answer.Encode().value()), absl::BytesToHexString(bytes));
  EXPECT_EQ(DnsMessage::Decode(bytes).value(), answer);
}

TEST(DnsMessageTest, WhatIsNotLookedAtIsSkipped) {
  const std::string address = kService + Bytes(
                                             "0001"
                                             "8001"
                                             "00000078"
                                             "0004"
                                             "0a000001");
  const std::string chaos = kService + Bytes(
                                           "0010"
                                           "0003"
                                           "00000078"
                                           "0002"
                                           "0161");
  const std::string text = kService + Bytes(
                                          "0010"
                                          "0001"
                                          "00000078"
                                          "0003"
                                          "000161");
  const auto message =
      DnsMessage::Decode(Header("8400", 0, 2, 1, 2) + address + text + text + chaos + text + "end");
  ASSERT_TRUE(message.ok()) << message.status();
  const DnsRecord read{
      .name = kServiceName, .type = DnsType::kTxt, .ttl_seconds = 120, .texts = {"a"}};
  EXPECT_EQ(message->answers, std::vector<DnsRecord>{read});
  EXPECT_EQ(message->additional, std::vector<DnsRecord>{read});
}

TEST(DnsMessageTest, OtherOperationsAndErrorsAreRefused) {
  const std::string rest = Header("0000", 0, 0).substr(4);
  EXPECT_FALSE(IsRefused(Bytes("00008400") + rest));
  EXPECT_TRUE(IsRefused(Bytes("00000800") + rest));   // an operation
  EXPECT_TRUE(IsRefused(Bytes("00008003") + rest));   // no such name
  EXPECT_FALSE(IsRefused(Bytes("12340200") + rest));  // a number, and cut
}

TEST(DnsMessageTest, PointersLeadBackOrNowhere) {
  const std::string end = Bytes("000c0001");
  const auto asking = [&end](absl::string_view hex) {
    return Header("0000", 1, 0) + Bytes(hex) + end;
  };
  EXPECT_TRUE(IsRefused(asking("c00c")));      // to itself
  EXPECT_TRUE(IsRefused(asking("0161c00c")));  // to its own labels
  EXPECT_TRUE(IsRefused(asking("c00e")));      // ahead
  EXPECT_TRUE(IsRefused(asking("ffff")));      // beyond the end
  EXPECT_TRUE(IsRefused(asking("4061")));      // a kind that was never used
  EXPECT_TRUE(IsRefused(asking("8061")));
  EXPECT_FALSE(IsRefused(asking("0161c000")));  // into the header, which begins with a zero
}

TEST(DnsMessageTest, TwoPointersThatLeadToEachOtherEnd) {
  const std::string loop = Header("0000", 2, 0) + Bytes(
                                                      "0161c012"
                                                      "000c0001"
                                                      "0162c00c"
                                                      "000c0001");
  EXPECT_TRUE(IsRefused(loop));
}

// The root, then pointers each to the one before, as the data of a record that is skipped.
TEST(DnsMessageTest, AChainOfPointersHasABound) {
  const auto is_refused = [](size_t pointers) {
    std::string bytes = Header("0000", 1, 2) + Bytes(
                                                   "00000c0001"
                                                   "0000020001000000000000");
    bytes.back() = static_cast<char>(2 * (pointers - 1));
    size_t before = 12;  // where the root is
    const auto point = [&bytes, &before] {
      const size_t at = bytes.size();
      bytes += {static_cast<char>(0xc0 | before >> 8), static_cast<char>(before)};
      before = at;
    };
    for (size_t i = 1; i < pointers; ++i) point();
    point();
    return IsRefused(bytes + Bytes("00020001000000000000"));
  };
  EXPECT_FALSE(is_refused(DnsReader::kPointersMax));
  EXPECT_TRUE(is_refused(DnsReader::kPointersMax + 1));
}

TEST(DnsMessageTest, NamesThatGrowTooLongByAPointerAreRefused) {
  std::string longest;
  for (int i = 0; i < 3; ++i) longest += Bytes("3f") + std::string(63, 'a');
  longest += Bytes("3d") + std::string(61, 'a') + std::string(1, '\0');
  const std::string end = Bytes("000c0001");
  EXPECT_FALSE(IsRefused(Header("0000", 2, 0) + longest + end + Bytes("c00c") + end));
  EXPECT_TRUE(IsRefused(Header("0000", 2, 0) + longest + end + Bytes("0162c00c") + end));
}

TEST(DnsMessageTest, RecordsAreAsLongAsTheySay) {
  const auto record = [](absl::string_view hex) {
    return Header("8400", 0, 1) + kService + Bytes(hex);
  };
  EXPECT_FALSE(IsRefused(record("001000010000000000020161")));
  EXPECT_TRUE(IsRefused(record("001000010000000000020261")));      // the text is longer
  EXPECT_TRUE(IsRefused(record("00100001000000000002026162")));    // than the record, which ends
  EXPECT_TRUE(IsRefused(record("000c0001000000000003c00c00")));    // the name is shorter
  EXPECT_TRUE(IsRefused(record("000100010000000000050a000001")));  // the message ends
}

TEST(DnsMessageTest, TooManyAreRefusedBeforeTheyAreRead) {
  const auto questions = [](size_t count) {
    std::string bytes = Header("0000", static_cast<int>(count), 0);
    for (size_t i = 0; i < count; ++i) bytes += Bytes("00000c0001");
    return bytes;
  };
  EXPECT_FALSE(IsRefused(questions(DnsMessage::kQuestionsMax)));
  EXPECT_TRUE(IsRefused(questions(DnsMessage::kQuestionsMax + 1)));
  EXPECT_TRUE(IsRefused(Header("8400", 0, 65535, 65535, 65535)));
  EXPECT_FALSE(IsRefused(Header("0000", 0, 0) + std::string(DnsMessage::kBytesMax - 12, 'x')));
  EXPECT_TRUE(IsRefused(Header("0000", 0, 0) + std::string(DnsMessage::kBytesMax - 11, 'x')));
}

TEST(DnsMessageTest, EncodeSaysWhatDoesNotFit) {
  DnsMessage message{.answers = {{.name = kServiceName, .type = DnsType::kTxt}}};
  message.answers[0].texts = {std::string(255, 't')};
  const size_t size = message.Encode().value().size();
  EXPECT_TRUE(message.Encode(size).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(message.Encode(size - 1).status()));
  message.answers[0].texts = {std::string(256, 't')};
  EXPECT_TRUE(absl::IsInvalidArgument(message.Encode().status()));
  message.answers[0].texts = {""};
  EXPECT_TRUE(absl::IsInvalidArgument(message.Encode().status()));
}

// --- Laws.

rc::Gen<DnsName> AnyName() {
  // Few labels, so that names end alike.
  const auto label = rc::gen::oneOf(rc::gen::element<std::string>("local", "_udp", "_p2p", "a"),
                                    rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(label),
                      [](const std::vector<std::string>& labels) {
                        DnsName name;
                        for (const std::string& each : labels) (void)name.TryAppend(each);
                        return name;
                      });
}

DnsRecord AnyRecord() {
  DnsRecord record{.name = *AnyName()};
  record.is_unique = *rc::gen::arbitrary<bool>();
  record.ttl_seconds = *rc::gen::arbitrary<uint32_t>();
  if (*rc::gen::arbitrary<bool>()) {
    record.target = *AnyName();
  } else {
    record.type = DnsType::kTxt;
    record.texts = *rc::gen::container<std::vector<std::string>>(
        rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::arbitrary<char>())));
  }
  return record;
}

DnsMessage AnyMessage() {
  DnsMessage message{.is_response = *rc::gen::arbitrary<bool>()};
  const auto some = [] { return *rc::gen::inRange(0, 6); };
  for (int i = some(); i > 0; --i) {
    message.questions.push_back(
        {*AnyName(), static_cast<DnsType>(*rc::gen::arbitrary<uint16_t>())});
  }
  for (int i = some(); i > 0; --i) message.answers.push_back(AnyRecord());
  for (int i = some(); i > 0; --i) message.additional.push_back(AnyRecord());
  return message;
}

RC_GTEST_PROP(DnsMessageProperty, WhatIsWrittenIsRead, ()) {
  const DnsMessage message = AnyMessage();
  const auto bytes = message.Encode();
  RC_PRE(bytes.ok());
  const auto read = DnsMessage::Decode(*bytes);
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == message);
}

RC_GTEST_PROP(DnsMessageProperty, NoCutMeansTheSameAndNoneBreaksTheReader, ()) {
  const auto bytes = AnyMessage().Encode();
  RC_PRE(bytes.ok());
  for (size_t size = 0; size < bytes->size(); ++size) {
    RC_ASSERT(IsRefused(bytes->substr(0, size)));
  }
}

RC_GTEST_PROP(DnsMessageProperty, ChangedBytesAreReadOrRefused, ()) {
  auto bytes = AnyMessage().Encode();
  RC_PRE(bytes.ok());
  for (int i = *rc::gen::inRange(1, 8); i > 0; --i) {
    (*bytes)[*rc::gen::inRange<size_t>(0, bytes->size())] = *rc::gen::arbitrary<char>();
  }
  const auto read = DnsMessage::Decode(*bytes);
  if (!read.ok()) {
    RC_ASSERT(absl::IsDataLoss(read.status()));
    return;
  }
  const auto again = read->Encode();  // pointers may have made it larger than a message may be
  if (again.ok()) RC_ASSERT(DnsMessage::Decode(*again).value() == *read);
}

}  // namespace
}  // namespace rehearse::net
