// Reads one line of a text that people write, and says where it is wrong.

#ifndef REHEARSE_SIM_SCHEDULE_LINE_CURSOR_H_
#define REHEARSE_SIM_SCHEDULE_LINE_CURSOR_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::sim {

// Takes what it expects from where it is, and steps over the blanks behind it. Each error is
// kInvalidArgument: "12:7: expected a number of nanoseconds, found \"soon\"" (line and column, both
// from 1).
class LineCursor {
 public:
  // `line` is its number, from 1. The text outlives the cursor.
  LineCursor(absl::string_view text, int line) : text_(text), line_(line) { SkipBlanks(); }

  bool at_end() const { return at_ == text_.size(); }
  // The word that comes next, without taking it; empty at the end.
  absl::string_view Peek() const;

  // Up to the next blank. `expected` says what it should be, in words.
  absl::StatusOr<absl::string_view> Word(absl::string_view expected);
  absl::StatusOr<int64_t> Integer(absl::string_view expected);
  // Decimal, or hexadecimal with 0x.
  absl::StatusOr<uint64_t> Unsigned(absl::string_view expected);
  // "in quotes", where \" and \\ stand for a quote and a backslash.
  absl::StatusOr<std::string> Quoted(absl::string_view expected);
  // What is left, blanks behind it apart.
  absl::StatusOr<absl::string_view> Rest(absl::string_view expected);
  // The word `token`, and no other.
  absl::Status Take(absl::string_view token);
  absl::Status TakeEnd();

  // What comes next is not that.
  absl::Status Wrong(absl::string_view expected) const;
  // The same, of the word that was taken last.
  absl::Status WrongWord(absl::string_view expected) const;

 private:
  absl::Status WrongAt(size_t at, absl::string_view expected) const;
  void SkipBlanks();

  const absl::string_view text_;
  const int line_;
  size_t at_ = 0;
  size_t word_at_ = 0;
};

// `text` as Quoted reads it.
std::string InQuotes(absl::string_view text);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_SCHEDULE_LINE_CURSOR_H_
