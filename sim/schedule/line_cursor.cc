#include "rehearse/sim/schedule/line_cursor.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace rehearse::sim {
namespace {

constexpr size_t kFoundBytesMax = 60;  // of what an error shows

size_t WordEnd(absl::string_view text, size_t at) {
  while (at < text.size() && !absl::ascii_isspace(text[at])) ++at;
  return at;
}

}  // namespace

void LineCursor::SkipBlanks() {
  while (at_ < text_.size() && absl::ascii_isspace(text_[at_])) ++at_;
}

absl::string_view LineCursor::Peek() const { return text_.substr(at_, WordEnd(text_, at_) - at_); }

absl::StatusOr<absl::string_view> LineCursor::Word(absl::string_view expected) {
  if (at_end()) return Wrong(expected);
  const absl::string_view word = Peek();
  word_at_ = at_;
  at_ += word.size();
  SkipBlanks();
  return word;
}

absl::StatusOr<int64_t> LineCursor::Integer(absl::string_view expected) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(Peek(), &value)) return Wrong(expected);
  return Word(expected).ok() ? value : 0;
}

absl::StatusOr<uint64_t> LineCursor::Unsigned(absl::string_view expected) {
  uint64_t value = 0;
  const absl::string_view word = Peek();
  const bool hexadecimal = word.substr(0, 2) == "0x";
  if (hexadecimal ? !absl::SimpleHexAtoi(word, &value) : !absl::SimpleAtoi(word, &value)) {
    return Wrong(expected);
  }
  return Word(expected).ok() ? value : 0;
}

absl::StatusOr<std::string> LineCursor::Quoted(absl::string_view expected) {
  if (at_end() || text_[at_] != '"') return Wrong(absl::StrCat(expected, " in quotes"));
  std::string value;
  for (size_t at = at_ + 1; at < text_.size(); ++at) {
    if (text_[at] == '"') {
      word_at_ = at_;
      at_ = at + 1;
      SkipBlanks();
      return value;
    }
    if (text_[at] == '\\' && at + 1 < text_.size()) ++at;
    value.push_back(text_[at]);
  }
  return WrongAt(text_.size(), "a closing quote");
}

absl::StatusOr<absl::string_view> LineCursor::Rest(absl::string_view expected) {
  if (at_end()) return Wrong(expected);
  word_at_ = at_;
  at_ = text_.size();
  return absl::StripTrailingAsciiWhitespace(text_.substr(word_at_));
}

absl::Status LineCursor::Take(absl::string_view token) {
  if (Peek() != token) return Wrong(absl::StrCat("\"", token, "\""));
  return Word(token).status();
}

absl::Status LineCursor::TakeEnd() {
  return at_end() ? absl::OkStatus() : Wrong("the end of the line");
}

absl::Status LineCursor::Wrong(absl::string_view expected) const { return WrongAt(at_, expected); }

absl::Status LineCursor::WrongWord(absl::string_view expected) const {
  return WrongAt(word_at_, expected);
}

absl::Status LineCursor::WrongAt(size_t at, absl::string_view expected) const {
  const absl::string_view found =
      text_.substr(at, std::min(WordEnd(text_, at) - at, kFoundBytesMax));
  return absl::InvalidArgumentError(
      absl::StrCat(line_, ":", at + 1, ": expected ", expected, ", found ",
                   found.empty() ? "nothing" : absl::StrCat("\"", found, "\"")));
}

std::string InQuotes(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

}  // namespace rehearse::sim
