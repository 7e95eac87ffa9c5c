#include "rehearse/net/mdns/dns_message.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/mdns/dns_reader.h"
#include "rehearse/net/mdns/dns_writer.h"

namespace rehearse::net {
namespace {

// RFC 1035, section 4.1.1. The rest of the flags says nothing in multicast.
constexpr uint16_t kResponse = 0x8000;
constexpr uint16_t kAuthoritative = 0x0400;  // as each response is (RFC 6762, section 18.4)
constexpr uint16_t kOperation = 0x7800;
constexpr uint16_t kError = 0x000f;

constexpr uint16_t kInternet = 1;
constexpr uint16_t kAnyClass = 255;
constexpr uint16_t kTopOfClass = 0x8000;  // unicast is welcome, or the record is unique

// Whether `question` is of a class that is looked at.
absl::StatusOr<bool> ReadQuestion(DnsReader& reader, DnsQuestion& question) {
  REHEARSE_ASSIGN_OR_RETURN(question.name, reader.Name());
  REHEARSE_ASSIGN_OR_RETURN(const uint16_t type, reader.Number16());
  REHEARSE_ASSIGN_OR_RETURN(const uint16_t in_class, reader.Number16());
  question.type = static_cast<DnsType>(type);
  const uint16_t plain = in_class & ~kTopOfClass;
  return plain == kInternet || plain == kAnyClass;
}

absl::Status ReadTexts(DnsReader& reader, size_t end, std::vector<std::string>& texts) {
  while (reader.at() < end) {
    REHEARSE_ASSIGN_OR_RETURN(const uint8_t size, reader.Number8());
    REHEARSE_ASSIGN_OR_RETURN(const absl::string_view text, reader.Bytes(size));
    if (!text.empty()) texts.emplace_back(text);
  }
  return absl::OkStatus();
}

// Whether `record` is of a type and class that are looked at.
absl::StatusOr<bool> ReadRecord(DnsReader& reader, DnsRecord& record) {
  REHEARSE_ASSIGN_OR_RETURN(record.name, reader.Name());
  REHEARSE_ASSIGN_OR_RETURN(const uint16_t type, reader.Number16());
  REHEARSE_ASSIGN_OR_RETURN(const uint16_t in_class, reader.Number16());
  REHEARSE_ASSIGN_OR_RETURN(record.ttl_seconds, reader.Number32());
  REHEARSE_ASSIGN_OR_RETURN(const uint16_t size, reader.Number16());
  const size_t end = reader.at() + size;
  record.type = static_cast<DnsType>(type);
  record.is_unique = (in_class & kTopOfClass) != 0;
  const bool is_known = (in_class & ~kTopOfClass) == kInternet &&
                        (record.type == DnsType::kPtr || record.type == DnsType::kTxt);
  if (!is_known) {
    REHEARSE_RETURN_IF_ERROR(reader.Bytes(size).status());
  } else if (record.type == DnsType::kPtr) {
    REHEARSE_ASSIGN_OR_RETURN(record.target, reader.Name());
  } else {
    REHEARSE_RETURN_IF_ERROR(ReadTexts(reader, end, record.texts));
  }
  if (reader.at() != end) return absl::DataLossError("DNS: a record is not as long as it says");
  return is_known;
}

absl::Status ReadRecords(DnsReader& reader, size_t count, std::vector<DnsRecord>* into) {
  for (size_t i = 0; i < count; ++i) {
    DnsRecord record;
    REHEARSE_ASSIGN_OR_RETURN(const bool is_known, ReadRecord(reader, record));
    if (is_known && into != nullptr) into->push_back(std::move(record));
  }
  return absl::OkStatus();
}

absl::Status WriteTexts(const std::vector<std::string>& texts, DnsWriter& writer) {
  for (const std::string& text : texts) {
    if (text.empty() || text.size() > DnsRecord::kTextBytesMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("DNS: a text of ", text.size(), " bytes in a record"));
    }
    writer.Bytes(absl::StrCat(std::string(1, static_cast<char>(text.size())), text));
  }
  // One at least (RFC 6763, section 6.1).
  if (texts.empty()) writer.Bytes(absl::string_view("", 1));
  return absl::OkStatus();
}

absl::Status WriteRecord(const DnsRecord& record, DnsWriter& writer) {
  writer.Name(record.name);
  writer.Number16(static_cast<uint16_t>(record.type));
  writer.Number16(record.is_unique ? kInternet | kTopOfClass : kInternet);
  writer.Number32(record.ttl_seconds);
  const size_t size_at = writer.size();
  writer.Number16(0);
  if (record.type == DnsType::kPtr) {
    writer.Name(record.target);
  } else {
    REHEARSE_RETURN_IF_ERROR(WriteTexts(record.texts, writer));
  }
  writer.SetNumber16(size_at, static_cast<uint16_t>(writer.size() - size_at - 2));
  return absl::OkStatus();
}

absl::Status CheckFlags(uint16_t flags) {
  if ((flags & kOperation) != 0) return absl::DataLossError("DNS: no query");
  if ((flags & kError) != 0) return absl::DataLossError("DNS: an error");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DnsMessage> DnsMessage::Decode(absl::string_view bytes) {
  if (bytes.size() > kBytesMax) return absl::DataLossError("DNS: a message too large");
  DnsReader reader(bytes);
  uint16_t header[6] = {};  // number, flags, and how many of each of the four sections
  for (uint16_t& word : header) {
    REHEARSE_ASSIGN_OR_RETURN(word, reader.Number16());
  }
  REHEARSE_RETURN_IF_ERROR(CheckFlags(header[1]));
  const size_t records = size_t{header[3]} + header[4] + header[5];
  if (header[2] > kQuestionsMax || records > kRecordsMax) {
    return absl::DataLossError("DNS: too many questions or records");
  }
  DnsMessage message{.is_response = (header[1] & kResponse) != 0};
  for (size_t i = 0; i < header[2]; ++i) {
    DnsQuestion question;
    REHEARSE_ASSIGN_OR_RETURN(const bool is_known, ReadQuestion(reader, question));
    if (is_known) message.questions.push_back(std::move(question));
  }
  REHEARSE_RETURN_IF_ERROR(ReadRecords(reader, header[3], &message.answers));
  REHEARSE_RETURN_IF_ERROR(ReadRecords(reader, header[4], nullptr));
  REHEARSE_RETURN_IF_ERROR(ReadRecords(reader, header[5], &message.additional));
  return message;
}

absl::StatusOr<std::string> DnsMessage::Encode(size_t bytes_max) const {
  DnsWriter writer;
  writer.Number16(0);
  writer.Number16(is_response ? kResponse | kAuthoritative : 0);
  for (const size_t count : {questions.size(), answers.size(), size_t{0}, additional.size()}) {
    writer.Number16(static_cast<uint16_t>(count));
  }
  for (const DnsQuestion& question : questions) {
    writer.Name(question.name);
    writer.Number16(static_cast<uint16_t>(question.type));
    writer.Number16(kInternet);
  }
  for (const DnsRecord& record : answers) REHEARSE_RETURN_IF_ERROR(WriteRecord(record, writer));
  for (const DnsRecord& record : additional) REHEARSE_RETURN_IF_ERROR(WriteRecord(record, writer));
  const bool fits = writer.size() <= bytes_max && questions.size() <= kQuestionsMax &&
                    answers.size() + additional.size() <= kRecordsMax;
  if (fits) return writer.Take();
  return absl::InvalidArgumentError(
      absl::StrCat("DNS: a message of ", writer.size(), " bytes, the bound is ", bytes_max));
}

}  // namespace rehearse::net
