#include "rehearse/sim/world/world.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/sim/world/world_parts.h"

namespace rehearse::sim {
namespace {

// One world runs on a thread at a time; assertions in handlers find it here.
thread_local World* current_world = nullptr;

}  // namespace

// --- NodeHandle.

const std::string& NodeHandle::name() const { return node_->name; }
std::string NodeHandle::ip() const { return SimSockets::IpOf(node_->id); }
bool NodeHandle::up() const { return node_->current != nullptr; }
uint64_t NodeHandle::incarnation() const { return node_->incarnation; }
Node& NodeHandle::node() const {
  REHEARSE_CHECK(up(), absl::StrCat("node ", name(), " is down"));
  return node_->current->node;
}

// --- World.

World::World(const RunOptions& options) : parts_(std::make_unique<Parts>(options)) {
  current_world = this;
}

World::~World() {
  current_world = nullptr;
  for (const std::unique_ptr<SimNode>& node : parts_->sim_nodes) {
    if (node->current != nullptr) node->current->Leave();
  }
  shared_.clear();  // which may hold refs
}

World* World::Current() { return current_world; }

NodeHandle World::AddNode(const std::string& name, Program program, std::vector<std::string> args) {
  for (const std::unique_ptr<SimNode>& node : parts_->sim_nodes) {
    REHEARSE_CHECK(node->name != name, absl::StrCat("two nodes are called ", name));
  }
  const NodeId id{static_cast<uint32_t>(parts_->sim_nodes.size() + 1)};
  parts_->sim_nodes.push_back(std::make_unique<SimNode>(
      id, name, std::move(program), std::move(args), parts_->decisions,
      [this, id](absl::string_view what) { parts_->Record(id, TraceKind::kFault, what); }));
  SimNode& node = *parts_->sim_nodes.back();
  parts_->trace.NameNode(id.value, name);
  parts_->fabric.AddHost(id, name);
  parts_->peers.Add(name, absl::StrCat("/sim/", name));
  parts_->nodes.push_back(NodeHandle(node));
  parts_->Start(node);
  return NodeHandle(node);
}

void World::PlaceName(absl::string_view name, absl::string_view node) {
  REHEARSE_CHECK(parts_->names.Add(name, node),
                 absl::StrCat("the name ", name, " was placed on another node before"));
}

void World::AddExecutable(absl::string_view path, Executable executable) {
  parts_->executables[std::string(path)] = std::move(executable);
}

NodeGroup World::AddNodes(const std::string& name, int count, Program program,
                          std::vector<std::string> args) {
  NodeGroup added;
  for (int i = 1; i <= count; ++i)
    added.push_back(AddNode(absl::StrCat(name, "-", i), program, args));
  return added;
}

Instant World::now() const { return parts_->time.now(); }

void World::RunFor(absl::Duration length) { parts_->Run(now() + length, nullptr); }

bool World::RunUntil(const std::function<bool()>& done, absl::Duration limit) {
  if (done()) return true;
  bool reached = false;
  parts_->Run(now() + limit, [&] { return reached = reached || done(); });
  return reached;
}

void World::Fail(Verdict verdict, const std::string& reason, const std::string& explanation) {
  parts_->Fail(verdict, reason, explanation);
}

void World::Invariant(const std::string& name, std::function<bool()> holds) {
  parts_->invariants.Add(name, std::move(holds));
}

void World::JudgeSafetyOnly() { parts_->safety_only = true; }

bool World::failed() const { return parts_->failed; }
RecordedHistory& World::history() { return parts_->history; }
Random World::random(absl::string_view label) const { return parts_->decisions.random(label); }
uint64_t World::seed() const { return parts_->options.seed; }
const std::vector<std::string>& World::args() const { return parts_->options.args; }
const NodeGroup& World::nodes() const { return parts_->nodes; }
void World::Observe(Observer& observer) { parts_->Observe(observer); }
FabricCounters World::network_counters() const { return parts_->fabric.counters(); }

RunResult World::Finish() {
  parts_->ConsultOracles();
  RunResult result = parts_->result;
  result.hash = parts_->trace.hash();
  result.events = parts_->trace.events();
  result.virtual_time = now();
  result.last_events = parts_->trace.LastLines();
  result.marks = parts_->marks.met();
  if (parts_->decision_log != nullptr) result.unapplied = parts_->decision_log->Unapplied();
  return result;
}

}  // namespace rehearse::sim
