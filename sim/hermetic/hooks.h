// What simulated code gets when it goes to the operating system behind the framework's back.
//
// A library that a program uses may read the host's clock, sleep, draw entropy or start a thread.
// In a test binary these calls are ours: while a run executes they are answered by the run, and
// outside of one they are the C library's. Nothing that ships may link this.
//
// Answered: clock_gettime, gettimeofday, time, clock, timespec_get, and with them the standard
// library's clocks and absl::Now; nanosleep, clock_nanosleep, usleep, sleep, and with them
// sleep_for and absl::SleepFor; getrandom, getentropy, arc4random and its kin, std::random_device,
// and with them absl::BitGen; gnutls_rnd, and with it all that GnuTLS makes of chance; the
// process's id and the host's name; getenv. Refused: threads and sockets; files to write, folders,
// devices of chance; lookups of names; timers that send signals; input and output beside the caller
// (aio_read). Not seen: system calls made directly, instructions (rdrand; rdtsc, where it can't be
// trapped: cycle_counter.h); a checked run finds them, and tools/hidden_inputs names them in a
// binary.
//
// In a build with sanitizers the calls outside of a run are the sanitizer's interceptors.

#ifndef REHEARSE_SIM_HERMETIC_HOOKS_H_
#define REHEARSE_SIM_HERMETIC_HOOKS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace rehearse::sim {

// Who answers; called on the thread of the run. None may throw except SleepFor, out of which a
// fiber may be unwound.
struct HermeticSeams {
  virtual ~HermeticSeams() = default;

  // Nanoseconds of every clock that counts from some start, the processor's time included.
  virtual int64_t BootNanos() = 0;
  // What the processor's counter of cycles reads. Libraries that reckon with it between two looks
  // at a clock see it leap where another node's code runs, and look at that node's clock.
  virtual uint64_t Cycles() { return static_cast<uint64_t>(BootNanos()); }
  // Nanoseconds since 1970.
  virtual int64_t WallNanos() = 0;
  // Never negative.
  virtual void SleepFor(int64_t nanos) = 0;
  virtual void RandomBytes(void* out, size_t bytes) = 0;
  // The machine's name and the process's number, as the code that asks would see them.
  virtual std::string HostName() = 0;
  virtual int32_t ProcessId() = 0;
  // Simulated code called `what`, for instance "pthread_create" or "open of /tmp/x to write", and
  // is about to see it fail (EAGAIN, EACCES, EAI_FAIL). `caller` names the function that did, as
  // far as it has a name.
  virtual void Refused(const char* what, const std::string& caller) = 0;
};

// From now on `seams` answers on this thread, or, null, the operating system. Returns who did so
// far.
HermeticSeams* SetHermetic(HermeticSeams* seams);

// Who answers on this thread; null: the operating system.
HermeticSeams* CurrentHermetic();

// Whether the calls of this process, those of its shared libraries included, end here at all. If
// not, the message names the first that doesn't; then the binary was linked in a way that hides
// ours.
absl::Status CheckHooksInForce();

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_HOOKS_H_
