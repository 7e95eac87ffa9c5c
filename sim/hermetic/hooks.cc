#include "rehearse/sim/hermetic/hooks.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/hermetic/outside.h"

namespace rehearse::sim {
namespace {

constexpr int64_t kSecond = 1000000000;

constinit thread_local HermeticSeams* answering = nullptr;

// What `name` would be without us: the C library's, or a sanitizer's in front of it.
template <typename F>
F* Next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

timespec ToTimespec(int64_t nanos) { return {nanos / kSecond, nanos % kSecond}; }

bool IsCalendar(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI ||
         clock == CLOCK_REALTIME_ALARM;
}

int64_t Read(HermeticSeams& seams, clockid_t clock) {
  return IsCalendar(clock) ? seams.WallNanos() : seams.BootNanos();
}

// False if it is no length, as nanosleep sees it.
bool ToNanos(const timespec& length, int64_t& nanos) {
  if (length.tv_sec < 0 || length.tv_nsec < 0 || length.tv_nsec >= kSecond) return false;
  nanos =
      length.tv_sec >= INT64_MAX / kSecond ? INT64_MAX : length.tv_sec * kSecond + length.tv_nsec;
  return true;
}

template <typename T>
T Draw(HermeticSeams& seams) {
  T drawn;
  seams.RandomBytes(&drawn, sizeof drawn);
  return drawn;
}

}  // namespace

HermeticSeams* CurrentHermetic() { return answering; }

HermeticSeams* SetHermetic(HermeticSeams* seams) {
  HermeticSeams* const before = answering;
  answering = seams;
  return before;
}

}  // namespace rehearse::sim

extern "C" int gnutls_rnd(int level, void* out, size_t bytes);  // crypto_hooks.cc

namespace sim = rehearse::sim;
using sim::Next;

#define REHEARSE_NEXT(name) static auto* const next = Next<decltype(name)>(#name)

extern "C" {

// --- Clocks.

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  if (sim::HermeticSeams* const seams = sim::answering) {
    *out = sim::ToTimespec(sim::Read(*seams, clock));
    return 0;
  }
  REHEARSE_NEXT(clock_gettime);
  return next(clock, out);
}

int gettimeofday(timeval* __restrict out, void* __restrict zone) noexcept {
  if (sim::HermeticSeams* const seams = sim::answering) {
    const timespec now = sim::ToTimespec(seams->WallNanos());
    *out = {now.tv_sec, now.tv_nsec / 1000};
    return 0;
  }
  REHEARSE_NEXT(gettimeofday);
  return next(out, zone);
}

time_t time(time_t* out) noexcept {
  if (sim::HermeticSeams* const seams = sim::answering) {
    const time_t now = seams->WallNanos() / sim::kSecond;
    if (out != nullptr) *out = now;
    return now;
  }
  REHEARSE_NEXT(time);
  return next(out);
}

clock_t clock() noexcept {
  if (sim::HermeticSeams* const seams = sim::answering) return seams->BootNanos() / 1000;
  REHEARSE_NEXT(clock);
  return next();
}

int timespec_get(timespec* out, int base) noexcept {
  sim::HermeticSeams* const seams = sim::answering;
  if (seams != nullptr && base == TIME_UTC) {
    *out = sim::ToTimespec(seams->WallNanos());
    return base;
  }
  REHEARSE_NEXT(timespec_get);
  return next(out, base);
}

// --- Sleeps. No noexcept: a fiber may be unwound out of one.

int nanosleep(const timespec* length, timespec* left) {
  if (sim::HermeticSeams* const seams = sim::answering) {
    int64_t nanos = 0;
    if (!sim::ToNanos(*length, nanos)) {
      errno = EINVAL;
      return -1;
    }
    seams->SleepFor(nanos);
    return 0;
  }
  REHEARSE_NEXT(nanosleep);
  return next(length, left);
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  if (sim::HermeticSeams* const seams = sim::answering) {
    int64_t nanos = 0;
    if (!sim::ToNanos(*time, nanos)) return EINVAL;
    if ((flags & TIMER_ABSTIME) != 0) nanos -= sim::Read(*seams, clock);
    seams->SleepFor(std::max<int64_t>(nanos, 0));
    return 0;
  }
  REHEARSE_NEXT(clock_nanosleep);
  return next(clock, flags, time, left);
}

int usleep(useconds_t micros) {
  if (sim::HermeticSeams* const seams = sim::answering) {
    seams->SleepFor(int64_t{micros} * 1000);
    return 0;
  }
  REHEARSE_NEXT(usleep);
  return next(micros);
}

unsigned sleep(unsigned seconds) {
  if (sim::HermeticSeams* const seams = sim::answering) {
    seams->SleepFor(seconds * sim::kSecond);
    return 0;
  }
  REHEARSE_NEXT(sleep);
  return next(seconds);
}

// --- Chance.

ssize_t getrandom(void* out, size_t bytes, unsigned flags) {
  if (sim::HermeticSeams* const seams = sim::answering) {
    seams->RandomBytes(out, bytes);
    return static_cast<ssize_t>(bytes);
  }
  REHEARSE_NEXT(getrandom);
  return next(out, bytes, flags);
}

int getentropy(void* out, size_t bytes) {
  if (sim::HermeticSeams* const seams = sim::answering) {
    seams->RandomBytes(out, bytes);
    return 0;
  }
  REHEARSE_NEXT(getentropy);
  return next(out, bytes);
}

uint32_t arc4random() noexcept {
  if (sim::HermeticSeams* const seams = sim::answering) return sim::Draw<uint32_t>(*seams);
  REHEARSE_NEXT(arc4random);
  return next();
}

void arc4random_buf(void* out, size_t bytes) noexcept {
  if (sim::HermeticSeams* const seams = sim::answering) return seams->RandomBytes(out, bytes);
  REHEARSE_NEXT(arc4random_buf);
  next(out, bytes);
}

uint32_t arc4random_uniform(uint32_t bound) noexcept {
  if (sim::HermeticSeams* const seams = sim::answering) {
    return static_cast<uint32_t>((uint64_t{sim::Draw<uint32_t>(*seams)} * bound) >> 32);
  }
  REHEARSE_NEXT(arc4random_uniform);
  return next(bound);
}

// --- What a run has none of.

int pthread_create(pthread_t* __restrict thread, const pthread_attr_t* __restrict attributes,
                   void* (*start)(void*), void* __restrict argument) noexcept {
  if (sim::HermeticSeams* const seams = sim::answering) {
    seams->Refused("pthread_create", sim::CallerOfRun());
    return EAGAIN;
  }
  REHEARSE_NEXT(pthread_create);
  return next(thread, attributes, start, argument);
}

int socket(int domain, int type, int protocol) noexcept {
  if (sim::HermeticSeams* const seams = sim::answering) {
    seams->Refused("socket", sim::CallerOfRun());
    errno = EACCES;
    return -1;
  }
  REHEARSE_NEXT(socket);
  return next(domain, type, protocol);
}

}  // extern "C"

// The shared library's runs an instruction, rdrand, which no symbol of the C library stands for.
std::random_device::result_type std::random_device::_M_getval() {
  if (sim::HermeticSeams* const seams = sim::answering) return sim::Draw<result_type>(*seams);
  using Method = result_type(std::random_device*);
  static auto* const next = Next<Method>("_ZNSt13random_device9_M_getvalEv");
  return next(this);
}

namespace rehearse::sim {
namespace {

struct Hook {
  const char* name;
  void* ours;
};

template <typename F>
void* AddressOf(F* function) {
  return reinterpret_cast<void*>(function);
}

}  // namespace

absl::Status CheckHooksInForce() {
  const Hook hooks[] = {
      {"clock_gettime", AddressOf(&clock_gettime)},
      {"gettimeofday", AddressOf(&gettimeofday)},
      {"time", AddressOf(&time)},
      {"nanosleep", AddressOf(&nanosleep)},
      {"usleep", AddressOf(&usleep)},
      {"clock_nanosleep", AddressOf(&clock_nanosleep)},
      {"sleep", AddressOf(&sleep)},
      {"getrandom", AddressOf(&getrandom)},
      {"getentropy", AddressOf(&getentropy)},
      {"gnutls_rnd", AddressOf(&gnutls_rnd)},
      {"pthread_create", AddressOf(&pthread_create)},
      {"socket", AddressOf(&socket)},
      {"getaddrinfo", AddressOf(&getaddrinfo)},
      {"gethostname", AddressOf(&gethostname)},
      {"getpid", AddressOf(&getpid)},
      {"open", AddressOf(&open)},
      {"fopen", AddressOf(&fopen)},
  };
  for (const Hook& hook : hooks) {
    if (dlsym(RTLD_DEFAULT, hook.name) != hook.ours) {
      return absl::FailedPreconditionError(
          absl::StrCat("shared libraries call ", hook.name,
                       " past the simulator; link sim/hermetic:hooks into the executable itself, "
                       "with its linkopts"));
    }
  }
  return absl::OkStatus();
}

}  // namespace rehearse::sim
