#include "rehearse/sim/hermetic/fixed_environment.h"

#include <time.h>
#include <unistd.h>

namespace rehearse::sim {
namespace {

char path[] = "PATH=/usr/bin:/bin";
char time_zone[] = "TZ=UTC";
char locale[] = "LC_ALL=C";
char language[] = "LANG=C";

}  // namespace

FixedEnvironment::FixedEnvironment()
    : before_(environ), variables_{path, time_zone, locale, language, nullptr} {
  environ = variables_.data();
  tzset();
}

FixedEnvironment::~FixedEnvironment() {
  environ = before_;
  tzset();
}

}  // namespace rehearse::sim
