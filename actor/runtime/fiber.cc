#include "rehearse/actor/runtime/fiber.h"

#include <new>

#include "rehearse/actor/runtime/fiber_switch.h"

namespace rehearse {
Fiber::Fiber(Worker& home, Domain& domain)
    : Runnable(RunnableKind::kFiber, domain), Waitable(&home.bias()), home_(&home) {}

Fiber& Fiber::Create(const Stack& stack, Worker& home, Domain& domain, void (*entry)(Worker&)) {
  constexpr size_t kRecordBytes = (sizeof(Fiber) + 63) & ~size_t{63};
  std::byte* const top = stack.top - kRecordBytes;
  SanitizerUnpoison(stack.bottom, stack.size());
  Fiber& fiber = *new (top) Fiber(home, domain);
  fiber.stack_ = stack;
  fiber.entry_ = entry;
  fiber.sanitizer_.bottom = stack.bottom;
  fiber.sanitizer_.size = static_cast<size_t>(top - stack.bottom);
  fiber.sanitizer_.Create();
  fiber.context_ = boost::context::detail::make_fcontext(
      top, static_cast<size_t>(top - stack.bottom), [](boost::context::detail::transfer_t from) {
        Worker& worker = *CurrentWorker();
        Fiber& self = worker.current();
        self.Arrive(from.fctx, *static_cast<Fiber*>(from.data));
        self.entry_(worker);
      });
  return fiber;
}

void Fiber::OnWoken() { home_->Resume(*this); }

}  // namespace rehearse
