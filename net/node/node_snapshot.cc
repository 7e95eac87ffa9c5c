#include "rehearse/net/node/node_snapshot.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "rehearse/actor/internal/wait_survey.h"
#include "rehearse/actor/observe/actor_list.h"
#include "rehearse/actor/observe/json_text.h"

namespace rehearse::net {
namespace {

using internal::BusyFiber;
using internal::WorkerSurvey;
using Phase = internal::Cell::Phase;

constexpr std::chrono::milliseconds kPatience(300);

// What the workers have seen so far. One that comes late finds it still there.
class Survey {
 public:
  explicit Survey(const std::vector<Worker*>& workers) {
    for (const Worker* const worker : workers) silent_.insert(worker->index());
  }

  void Add(int worker, WorkerSurvey saw) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (BusyFiber& busy : saw) fibers_.push_back(std::move(busy));
    silent_.erase(worker);
    complete_.notify_one();
  }

  struct Result {
    std::vector<BusyFiber> fibers;
    std::set<int> silent;
  };
  Result Await() {
    std::unique_lock<std::mutex> lock(mutex_);
    complete_.wait_for(lock, kPatience, [this] { return silent_.empty(); });
    return {std::exchange(fibers_, {}), silent_};
  }

 private:
  std::mutex mutex_;
  std::condition_variable complete_;
  std::set<int> silent_;
  std::vector<BusyFiber> fibers_;
};

Survey::Result SurveyOf(Scheduler& scheduler) {
  const std::vector<Worker*> workers = scheduler.AllWorkers();
  const auto survey = std::make_shared<Survey>(workers);
  internal::SurveyWaits(
      workers, [survey](int worker, WorkerSurvey saw) { survey->Add(worker, std::move(saw)); });
  return survey->Await();
}

void AddText(absl::string_view member, absl::string_view text, std::string& out) {
  absl::StrAppend(&out, ",\"", member, "\":");
  AppendJsonString(text, out);
}

void AddWait(const BusyFiber& busy, std::string& out) {
  if (busy.waits_in != nullptr) AddText("in", busy.waits_in, out);
  if (!busy.handling.empty()) AddText("handling", busy.handling, out);
  if (busy.waits_for.id) absl::StrAppend(&out, ",\"for\":", busy.waits_for.id.value);
}

absl::string_view StateOf(const ListedActor& actor, const BusyFiber* busy) {
  if (actor.phase >= Phase::kEnding) return "ending";
  if (actor.phase == Phase::kStarting) return "starting";
  // A function actor in its Receive keeps its stack, and has nothing to do.
  const bool is_receiving = busy != nullptr && busy->waits_in != nullptr &&
                            absl::string_view(busy->waits_in) == "Receive";
  if (busy != nullptr && !is_receiving) return busy->waits_in != nullptr ? "waiting" : "running";
  return actor.mailbox_size == 0 ? "idle" : "ready";
}

void AddActor(const ListedActor& actor, const BusyFiber* busy, uint64_t handled, std::string& out) {
  absl::StrAppend(&out, "{\"id\":", actor.actor.id.value, ",\"parent\":", actor.parent.value);
  AddText("class", actor.actor.class_name, out);
  AddText("state", StateOf(actor, busy), out);
  if (busy != nullptr) AddWait(*busy, out);
  absl::StrAppend(&out, ",\"mailbox\":", actor.mailbox_size,
                  ",\"capacity\":", actor.mailbox_capacity, ",\"handled\":", handled,
                  ",\"life\":", actor.incarnation, "}\n");
}

void AddTask(const BusyFiber& busy, std::string& out) {
  out.append("{\"task\":");
  AppendJsonString(busy.task, out);
  AddText("state", busy.waits_in != nullptr ? "waiting" : "running", out);
  AddWait(busy, out);
  out.append("}\n");
}

void AddNode(Node& node, const std::set<int>& silent, bool complete, std::string& out) {
  out.append("{\"node\":");
  AppendJsonString(node.name(), out);
  std::string workers;
  for (const int worker : silent) absl::StrAppend(&workers, workers.empty() ? "" : ",", worker);
  const int64_t now = node.scheduler().worker(0).poller().Now().nanos();
  absl::StrAppendFormat(
      &out,
      ",\"incarnation\":%d,\"seconds\":%d.%06d,\"workers\":%d,\"silent\":[%s],\"complete\":%s}\n",
      node.incarnation(), now / 1000000000, now % 1000000000 / 1000,
      node.scheduler().worker_count(), workers, complete ? "true" : "false");
}

}  // namespace

std::string TakeSnapshot(Node& node, const HandledCounts& counts) {
  const Survey::Result survey = SurveyOf(node.scheduler());
  const HandledCounts::ById handled = counts.Read();
  const ActorList list = ListActors(node, kSnapshotActorsMax);
  std::map<ActorId, const BusyFiber*> busy;
  for (const BusyFiber& fiber : survey.fibers) {
    if (fiber.actor.id) busy[fiber.actor.id] = &fiber;
  }
  std::string out;
  AddNode(node, survey.silent, list.complete, out);
  for (const ListedActor& actor : list.actors) {
    const auto at = busy.find(actor.actor.id);
    const auto count = handled.find(actor.actor.id);
    AddActor(actor, at == busy.end() ? nullptr : at->second,
             count == handled.end() ? 0 : count->second, out);
  }
  for (const BusyFiber& fiber : survey.fibers) {
    if (!fiber.actor.id) AddTask(fiber, out);
  }
  return out;
}

}  // namespace rehearse::net
