#include "rehearse/actor/runtime/fiber.h"

#include <boost/context/detail/fcontext.hpp>
#include <new>

#include "rehearse/actor/runtime/worker.h"

namespace rehearse {
namespace {

namespace context = boost::context::detail;

}  // namespace

Fiber::Fiber(Worker& home, Domain& domain) : Runnable(RunnableKind::kFiber, domain), home_(&home) {}

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
  fiber.context_ = context::make_fcontext(top, static_cast<size_t>(top - stack.bottom),
                                          [](context::transfer_t from) {
                                            Worker& worker = *CurrentWorker();
                                            Fiber& self = worker.current();
                                            self.Arrive(from.fctx, *static_cast<Fiber*>(from.data));
                                            self.entry_(worker);
                                          });
  return fiber;
}

void Fiber::OnWoken() { home_->Resume(*this); }

void Fiber::SwitchTo(Fiber& to) {
  exceptions_ = *home_->thread_exceptions_;
  errno_ = *home_->thread_errno_;
  home_->current_ = &to;
  sanitizer_.StartSwitch(to.sanitizer_);
  const context::transfer_t from = context::jump_fcontext(to.context_, this);
  Arrive(from.fctx, *static_cast<Fiber*>(from.data));
}

void Fiber::Arrive(void* context_of_previous, Fiber& previous) {
  previous.context_ = context_of_previous;
  sanitizer_.FinishSwitch(previous.sanitizer_);
  *home_->thread_exceptions_ = exceptions_;
  *home_->thread_errno_ = errno_;
  home_->AfterSwitch(previous);
}

}  // namespace rehearse
