// A program that runs beside the test, for as long as the test likes.

#ifndef REHEARSE_TESTS_INTEGRATION_CHILD_PROCESS_H_
#define REHEARSE_TESTS_INTEGRATION_CHILD_PROCESS_H_

#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace rehearse {

// Everything here that waits has a bound. Whatever still runs when it goes is killed.
class ChildProcess {
 public:
  // `arguments` begin with the program's path; of the environment it sees PATH and `variables`.
  explicit ChildProcess(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& variables = {});
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Takes in what it says until its stderr has `words`. False: not within `patience`.
  bool AwaitWords(const std::string& words, absl::Duration patience);
  // The same of its stdout.
  bool AwaitOutput(const std::string& words, absl::Duration patience);
  // Takes in what it says for so long, or until it says no more.
  void Listen(absl::Duration length);

  void Signal(int number);
  // Whether it has not ended yet.
  bool Lives();
  // Its exit code once it has ended, or minus the signal that ended it. If that takes longer than
  // `patience` it is killed, and this is -SIGKILL.
  int Finish(absl::Duration patience);

  pid_t pid() const { return pid_; }
  const std::string& out() const { return texts_[0]; }
  const std::string& err() const { return texts_[1]; }

 private:
  bool Await(const std::string& text, const std::string& words, absl::Duration patience);
  bool TakeIn(absl::Time deadline);
  bool Reap(int flags);

  pid_t pid_ = -1;
  bool reaped_ = false;
  int status_ = 0;
  std::array<int, 2> fds_ = {-1, -1};  // our ends of its stdout and stderr; -1 after their end
  std::array<std::string, 2> texts_;
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_INTEGRATION_CHILD_PROCESS_H_
