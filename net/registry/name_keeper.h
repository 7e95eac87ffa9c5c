// The actor that works for a node's KadNames: renews, watches, and hears of those that end.

#ifndef REHEARSE_NET_REGISTRY_NAME_KEEPER_H_
#define REHEARSE_NET_REGISTRY_NAME_KEEPER_H_

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/net/registry/kad_names.h"

namespace rehearse::net {

class NameKeeper final : public Actor {
 public:
  struct Tick {};
  static constexpr absl::Duration kTick = absl::Milliseconds(500);

  explicit NameKeeper(std::shared_ptr<KadNames> names) : names_(std::move(names)) {}

  absl::Status OnStart() override {
    SendEvery(Self(this), kTick, Tick{});
    return absl::OkStatus();
  }
  void Handle(const Tick&) { names_->Tick(); }
  void Handle(const Down& down) { names_->OnEnded(absl::StrCat("#", down.actor.value)); }
  void OnStop(const ExitReason&) override { names_->Leave(); }

 private:
  const std::shared_ptr<KadNames> names_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_NAME_KEEPER_H_
