// A supervisor against a pure model of it, under random commands.

#include <gtest/gtest.h>
// After gtest.h.
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <vector>

#include "rehearse/actor/supervision/supervisor.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Fail {};
struct Finish {};

class Worker : public Actor {
 public:
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  void Handle(const Finish&) { Stop(); }
};

enum class Do : uint8_t { kFail, kKill, kFinish, kStop, kStopForGood, kWait };

struct Command {
  Do what;
  size_t child;
  absl::Duration wait;
};

struct Setting {
  Strategy strategy;
  RestartLimit limit;
  std::vector<Restart> children;
};

// What there is to see of a supervisor.
struct View {
  bool alive = true;
  std::vector<uint32_t> incarnations;  // 0: dead

  friend bool operator==(const View&, const View&) = default;
};

void showValue(const View& view, std::ostream& os) {
  os << (view.alive ? "alive:" : "dead:");
  for (const uint32_t incarnation : view.incarnations) os << ' ' << incarnation;
}

class Model {
 public:
  explicit Model(Setting setting) : setting_(std::move(setting)) {
    view_.incarnations.assign(setting_.children.size(), 1);
  }
  const View& view() const { return view_; }

  void Apply(const Command& command, absl::Duration now) {
    uint32_t& incarnation = view_.incarnations[command.child];
    if (command.what == Do::kWait || incarnation == 0) return;
    const bool bad = command.what == Do::kFail || command.what == Do::kKill;
    const Restart restart = setting_.children[command.child];
    if (command.what == Do::kStopForGood || restart == Restart::kTemporary ||
        (restart == Restart::kTransient && !bad)) {
      incarnation = 0;
      return;
    }
    Spend(now) ? RestartWith(command.child) : GiveUp();
  }

 private:
  bool Spend(absl::Duration now) {
    while (!spent_.empty() && now - spent_.front() >= setting_.limit.window) spent_.pop_front();
    if (spent_.size() >= static_cast<size_t>(setting_.limit.restarts)) return false;
    spent_.push_back(now);
    return true;
  }
  void GiveUp() {
    view_.alive = false;
    view_.incarnations.assign(setting_.children.size(), 0);
  }
  void RestartWith(size_t failed) {
    for (size_t i = 0; i < setting_.children.size(); ++i) {
      const bool with = i == failed || setting_.strategy == Strategy::kOneForAll ||
                        (setting_.strategy == Strategy::kRestForOne && i > failed);
      uint32_t& incarnation = view_.incarnations[i];
      if (!with || incarnation == 0) continue;
      incarnation = setting_.children[i] == Restart::kTemporary ? 0 : incarnation + 1;
    }
  }

  const Setting setting_;
  View view_;
  std::deque<absl::Duration> spent_;
};

class Real {
 public:
  explicit Real(const Setting& setting) {
    supervisor_ = node_->Spawn<Supervisor>(
        SupervisorOptions{.strategy = setting.strategy, .limit = setting.limit});
    node_.Run([&] {
      for (const Restart restart : setting.children) {
        children_.push_back(*SuperviseBy<Worker>(supervisor_, {.restart = restart}));
      }
    });
  }

  // When the command took effect.
  absl::Duration Apply(const Command& command) {
    node_.Run([&] {
      const ActorRef<Worker>& child = children_[command.child];
      switch (command.what) {
        case Do::kFail: child.Tell(Fail{}); break;
        case Do::kKill: child.Kill(); break;
        case Do::kFinish: child.Tell(Finish{}); break;
        case Do::kStop: child.Stop(); break;
        case Do::kStopForGood: child.StopForGood(); break;
        case Do::kWait: (void)Sleep(command.wait); break;
      }
    });
    return node_->clock().Now() - Instant();
  }

  View Look() const {
    View view{.alive = supervisor_.alive(), .incarnations = {}};
    for (const auto& child : children_) {
      view.incarnations.push_back(child.alive() ? child.incarnation() : 0);
    }
    return view;
  }

 private:
  TestNode node_;
  ActorRef<Supervisor> supervisor_;
  std::vector<ActorRef<Worker>> children_;
};

Setting SomeSetting() {
  Setting setting;
  setting.strategy = static_cast<Strategy>(*rc::gen::inRange(0, 3));
  setting.limit = {.restarts = *rc::gen::inRange(0, 6),
                   .window = absl::Seconds(*rc::gen::inRange(1, 5))};
  const int children = *rc::gen::inRange(1, 6);
  for (int i = 0; i < children; ++i) {
    setting.children.push_back(static_cast<Restart>(*rc::gen::inRange(0, 3)));
  }
  return setting;
}

Command SomeCommand(size_t children) {
  return {static_cast<Do>(*rc::gen::inRange(0, 6)), *rc::gen::inRange<size_t>(0, children),
          absl::Milliseconds(*rc::gen::inRange(1, 3000))};
}

RC_GTEST_PROP(SupervisorProperty, DoesWhatItsModelDoes, ()) {
  const Setting setting = SomeSetting();
  Model model(setting);
  Real real(setting);
  const int commands = *rc::gen::inRange(1, 30);
  for (int i = 0; i < commands; ++i) {
    const Command command = SomeCommand(setting.children.size());
    model.Apply(command, real.Apply(command));
    RC_ASSERT(real.Look() == model.view());
  }
}

}  // namespace
}  // namespace rehearse
