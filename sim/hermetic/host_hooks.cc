// What a run has of its host: a name and a number that it was given, and no files to write, no
// devices of chance, no timers that send signals, no names to look up.
//
// Folders are not read: in which order, the host says. Files may be read: they are the same for all
// seeds, or else --check_determinism finds them.

#include <aio.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/hermetic/hooks.h"
#include "rehearse/sim/hermetic/outside.h"

namespace rehearse::sim {
namespace {

template <typename F>
F* NextOf(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

bool IsChance(absl::string_view path) { return path == "/dev/urandom" || path == "/dev/random"; }

// What outlives a run, or leads out of it.
bool IsRefused(absl::string_view path, bool writes) {
  if (IsChance(path)) return true;
  return writes && path != "/dev/null" && path != "/dev/stdout" && path != "/dev/stderr";
}

// Whether a run's code may not open this; then the run is told.
bool Refuses(const char* path, bool writes) {
  HermeticSeams* const seams = CurrentHermetic();
  if (seams == nullptr || path == nullptr || !IsRefused(path, writes)) return false;
  const std::string what = absl::StrCat("open of ", path, writes ? " to write" : "");
  seams->Refused(what.c_str(), CallerOfRun());
  errno = EACCES;
  return true;
}

bool RefusesCall(const char* what) {
  HermeticSeams* const seams = CurrentHermetic();
  if (seams == nullptr) return false;
  seams->Refused(what, CallerOfRun());
  errno = EACCES;
  return true;
}

bool Writes(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0; }
bool Writes(const char* mode) { return std::strpbrk(mode, "wa+") != nullptr; }

void CopyHostName(const std::string& name, char* out, size_t bytes) {
  if (bytes == 0) return;
  const size_t kept = std::min(name.size(), bytes - 1);
  std::memcpy(out, name.data(), kept);
  out[kept] = '\0';
}

}  // namespace
}  // namespace rehearse::sim

namespace sim = rehearse::sim;

#define REHEARSE_NEXT(name) static auto* const next = sim::NextOf<decltype(name)>(#name)
// The mode, which is there if a file may be made.
#define REHEARSE_MODE(flags)     \
  mode_t mode = 0;               \
  if (((flags)&O_CREAT) != 0) {  \
    va_list rest;                \
    va_start(rest, flags);       \
    mode = va_arg(rest, mode_t); \
    va_end(rest);                \
  }

extern "C" {

// --- Files.

int open(const char* path, int flags, ...) {
  if (sim::Refuses(path, sim::Writes(flags))) return -1;
  REHEARSE_MODE(flags);
  REHEARSE_NEXT(open);
  return next(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  if (sim::Refuses(path, sim::Writes(flags))) return -1;
  REHEARSE_MODE(flags);
  REHEARSE_NEXT(open64);
  return next(path, flags, mode);
}

int openat(int at, const char* path, int flags, ...) {
  if (sim::Refuses(path, sim::Writes(flags))) return -1;
  REHEARSE_MODE(flags);
  REHEARSE_NEXT(openat);
  return next(at, path, flags, mode);
}

int creat(const char* path, mode_t mode) {
  if (sim::Refuses(path, true)) return -1;
  REHEARSE_NEXT(creat);
  return next(path, mode);
}

FILE* fopen(const char* path, const char* mode) {
  if (sim::Refuses(path, sim::Writes(mode))) return nullptr;
  REHEARSE_NEXT(fopen);
  return next(path, mode);
}

FILE* fopen64(const char* path, const char* mode) {
  if (sim::Refuses(path, sim::Writes(mode))) return nullptr;
  REHEARSE_NEXT(fopen64);
  return next(path, mode);
}

DIR* opendir(const char* path) {
  if (sim::RefusesCall("opendir")) return nullptr;
  REHEARSE_NEXT(opendir);
  return next(path);
}

DIR* fdopendir(int fd) {
  if (sim::RefusesCall("fdopendir")) return nullptr;
  REHEARSE_NEXT(fdopendir);
  return next(fd);
}

// --- What the C library does on threads of its own, which it starts past pthread_create.

// Each has a twin for large files, which some programs are compiled to call.
#define REHEARSE_REFUSED_ASIDE(name, parameters, ...) \
  int name parameters noexcept {                      \
    if (sim::RefusesCall(#name)) return -1;           \
    REHEARSE_NEXT(name);                              \
    return next(__VA_ARGS__);                         \
  }

REHEARSE_REFUSED_ASIDE(aio_read, (aiocb * request), request)
REHEARSE_REFUSED_ASIDE(aio_read64, (aiocb64 * request), request)
REHEARSE_REFUSED_ASIDE(aio_write, (aiocb * request), request)
REHEARSE_REFUSED_ASIDE(aio_write64, (aiocb64 * request), request)
REHEARSE_REFUSED_ASIDE(aio_fsync, (int operation, aiocb* request), operation, request)
REHEARSE_REFUSED_ASIDE(aio_fsync64, (int operation, aiocb64* request), operation, request)
REHEARSE_REFUSED_ASIDE(lio_listio, (int mode, aiocb* const list[], int count, sigevent* event),
                       mode, list, count, event)
REHEARSE_REFUSED_ASIDE(lio_listio64, (int mode, aiocb64* const list[], int count, sigevent* event),
                       mode, list, count, event)

int getaddrinfo_a(int mode, gaicb* list[], int count, sigevent* event) noexcept {
  if (sim::RefusesCall("getaddrinfo_a")) return EAI_FAIL;
  REHEARSE_NEXT(getaddrinfo_a);
  return next(mode, list, count, event);
}

// --- Timers that send signals.

int setitimer(__itimer_which_t which, const itimerval* __restrict length,
              itimerval* __restrict before) noexcept {
  if (sim::RefusesCall("setitimer")) return -1;
  REHEARSE_NEXT(setitimer);
  return next(which, length, before);
}

unsigned alarm(unsigned seconds) noexcept {
  if (sim::RefusesCall("alarm")) return 0;
  REHEARSE_NEXT(alarm);
  return next(seconds);
}

int timer_create(clockid_t clock, sigevent* event, timer_t* out) noexcept {
  if (sim::RefusesCall("timer_create")) return -1;
  REHEARSE_NEXT(timer_create);
  return next(clock, event, out);
}

// --- Names and numbers.

int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** out) {
  if (sim::HermeticSeams* const seams = sim::CurrentHermetic()) {
    const std::string what = absl::StrCat("getaddrinfo of ", name == nullptr ? "" : name);
    seams->Refused(what.c_str(), sim::CallerOfRun());
    return EAI_FAIL;
  }
  REHEARSE_NEXT(getaddrinfo);
  return next(name, service, hints, out);
}

int gethostname(char* out, size_t bytes) noexcept {
  if (sim::HermeticSeams* const seams = sim::CurrentHermetic()) {
    sim::CopyHostName(seams->HostName(), out, bytes);
    return 0;
  }
  REHEARSE_NEXT(gethostname);
  return next(out, bytes);
}

int uname(utsname* out) noexcept {
  REHEARSE_NEXT(uname);
  const int result = next(out);
  if (sim::HermeticSeams* const seams = sim::CurrentHermetic(); seams != nullptr && result == 0) {
    sim::CopyHostName(seams->HostName(), out->nodename, sizeof out->nodename);
  }
  return result;
}

pid_t getpid() noexcept {
  if (sim::HermeticSeams* const seams = sim::CurrentHermetic()) return seams->ProcessId();
  REHEARSE_NEXT(getpid);
  return next();
}

}  // extern "C"
