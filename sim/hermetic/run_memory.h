// While a run executes on this thread, all its memory comes from fixed addresses.
//
// This library replaces malloc and its family, and with them operator new and delete, and mmap
// where no address is asked for. On the thread of a run they serve from an Arena and from a range
// of their own; on any other thread, and outside of a run, they are the C library's. What was
// allocated on one side may be freed on the other.
//
// In a build with the address or the thread sanitizer nothing is replaced, and these do nothing.

#ifndef REHEARSE_SIM_HERMETIC_RUN_MEMORY_H_
#define REHEARSE_SIM_HERMETIC_RUN_MEMORY_H_

#include <cstddef>
#include <cstdint>

namespace rehearse::sim {

// Whether this build places memory at all.
bool RunMemoryInForce();

// How a run's memory is placed and filled: 0 is the plain way. Each other number is another one,
// and a program whose events don't depend on addresses or on unset bytes can't tell them apart.
using Perturbation = uint64_t;

// What unset memory holds, and what freed memory is filled with.
unsigned char FillOf(Perturbation perturbation);

// A run's memory, from construction to the end of its life; one at a time in a process. What was
// allocated in it stays valid afterwards. A second one in the same process gets addresses of its
// own, so that a child process for each run is what makes runs equal.
class RunMemory {
 public:
  explicit RunMemory(Perturbation perturbation);
  ~RunMemory();
  RunMemory(const RunMemory&) = delete;
  RunMemory& operator=(const RunMemory&) = delete;
};

// Within a run, what the harness does for itself: writing a trace must not move what the program
// allocates next. Does nothing outside of a run. May be nested.
class OutsideRunMemory {
 public:
  OutsideRunMemory();
  ~OutsideRunMemory();
  OutsideRunMemory(const OutsideRunMemory&) = delete;
  OutsideRunMemory& operator=(const OutsideRunMemory&) = delete;

 private:
  const bool was_inside_;
};

// Of the run that is or was the last one, for reports.
size_t RunMemoryUsedBytes();

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_RUN_MEMORY_H_
