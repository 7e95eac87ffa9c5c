#include "rehearse/actor/runtime/yield.h"

#include <thread>

namespace rehearse {

void YieldThread() { std::this_thread::yield(); }

}  // namespace rehearse
