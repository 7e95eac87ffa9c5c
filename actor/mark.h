// What a program says about itself, for rehearsal to judge over many runs.
//
//   REHEARSE_ALWAYS(balance >= 0, "no account is overdrawn");
//   REHEARSE_SOMETIMES(attempt > 1, "a request is sent again");
//   REHEARSE_UNREACHABLE("two leaders in one term");
//
// In production nobody listens, and a mark costs a look. In a simulated world an ALWAYS that does
// not hold and an UNREACHABLE that is met fail the seed. A SOMETIMES that held in no run of a
// campaign, and a REACHABLE or ALWAYS that none has met, fail the campaign: the tests did not show
// what they were meant to. The names are Antithesis's.
//
// Marks are for code that runs in programs and actors; elsewhere they say nothing. Any thread. The
// message is a string literal; file, line and message together are the mark.

#ifndef REHEARSE_ACTOR_MARK_H_
#define REHEARSE_ACTOR_MARK_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace rehearse {

enum class MarkKind : uint8_t {
  kAlways,               // whenever it is met it holds, and it is met
  kAlwaysOrUnreachable,  // whenever it is met it holds
  kSometimes,            // it holds now and then
  kReachable,            // it is met
  kUnreachable,          // it is never met
};

// One of the places in this binary. All are known before main().
class MarkSite {
 public:
  struct Text {
    MarkKind kind;
    const char* file;
    int line;
    const char* message;
  };

  // Links itself into the binary's list; only for the macros.
  explicit MarkSite(const Text& text);
  MarkSite(const MarkSite&) = delete;
  MarkSite& operator=(const MarkSite&) = delete;

  const Text& text() const { return text_; }
  // The same for sites with the same text, as in an inline function that several files include.
  size_t number() const { return number_; }
  // "counter.cc:42 REHEARSE_SOMETIMES \"a request is sent again\""
  std::string ToString() const;

  // The list of all, in no order that means anything; numbers are below CountAll().
  static const MarkSite* First();
  static size_t CountAll();
  const MarkSite* next() const { return next_; }

 private:
  const Text text_;
  const MarkSite* const next_;
  size_t number_;
};

// The seam: a node is provided with one where somebody judges.
class Marks {
 public:
  virtual ~Marks() = default;

  // The code has come to `site`, and what it claims holds, or not. On the node's fiber.
  virtual void Meet(const MarkSite& site, bool holds) = 0;
};

namespace internal {

// Each place has a closure of its own, and so an object of its own.
template <typename Describe>
struct MarkAt {
  static inline const MarkSite site{Describe{}()};
};

void MeetMark(const MarkSite& site, bool holds);

}  // namespace internal
}  // namespace rehearse

#define REHEARSE_MARK_(kind, holds, message)                                                       \
  ::rehearse::internal::MeetMark(::rehearse::internal::MarkAt<decltype([] {                        \
                                   return ::rehearse::MarkSite::Text{::rehearse::MarkKind::kind,   \
                                                                     __FILE__, __LINE__, message}; \
                                 })>::site,                                                        \
                                 static_cast<bool>(holds))

#define REHEARSE_ALWAYS(condition, message) REHEARSE_MARK_(kAlways, condition, message)
#define REHEARSE_ALWAYS_OR_UNREACHABLE(condition, message) \
  REHEARSE_MARK_(kAlwaysOrUnreachable, condition, message)
#define REHEARSE_SOMETIMES(condition, message) REHEARSE_MARK_(kSometimes, condition, message)
#define REHEARSE_REACHABLE(message) REHEARSE_MARK_(kReachable, true, message)
#define REHEARSE_UNREACHABLE(message) REHEARSE_MARK_(kUnreachable, false, message)

#endif  // REHEARSE_ACTOR_MARK_H_
