#include "rehearse/tests/namespaces/cluster_processes.h"

#include <signal.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/tests/cluster/members.h"

namespace rehearse::cluster {
namespace {

// Far more than it takes on a busy host.
constexpr absl::Duration kPatience = absl::Seconds(20);
constexpr absl::Duration kTurn = absl::Milliseconds(10);

// What is there from `offset` on.
std::string ReadFrom(const std::string& path, size_t offset) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  if (!file.good()) return {};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

ClusterProcesses::ClusterProcesses(Lan& lan, std::string program, ClusterTransport transport)
    : lan_(lan),
      program_(std::move(program)),
      transport_(std::move(transport)),
      processes_(lan.size()),
      lives_(lan.size()) {}

absl::Status ClusterProcesses::Start(size_t host) {
  const std::string name = NodeName(host + 1);
  std::vector<History>& lives = lives_[host];
  lives.push_back({directory_.At(absl::StrCat(name, ".", lives.size() + 1, ".history"))});
  std::vector<std::string> arguments = {program_, "--name=" + name, "--listen=" + Address(host),
                                        "--state_dir=" + directory_.At(name),
                                        "--security=" + transport_.security};
  for (size_t other = 0; other < lan_.size(); ++other) {
    if (other == host) continue;
    arguments.push_back(absl::StrCat("--peer=", NodeName(other + 1), "=", Address(other)));
  }
  arguments.insert(arguments.end(), {"--", lives.back().path});
  processes_[host] = lan_.Start(host, arguments);
  const absl::Time deadline = absl::Now() + kPatience;
  while (ReadFrom(lives.back().path, 0).empty()) {  // it has begun, and hears signals
    processes_[host]->Listen(kTurn);
    if (processes_[host]->Lives() && absl::Now() < deadline) continue;
    return absl::DeadlineExceededError(
        absl::StrCat(name, " does not start: ", processes_[host]->err()));
  }
  return absl::OkStatus();
}

void ClusterProcesses::Kill(size_t host) { processes_[host].reset(); }

void ClusterProcesses::SignalAll(int number) {
  for (const auto& process : processes_) {
    if (process != nullptr) process->Signal(number);
  }
}

int ClusterProcesses::End(size_t host) {
  processes_[host]->Signal(SIGTERM);
  return processes_[host]->Finish(kPatience);
}

void ClusterProcesses::Listen(absl::Duration length) {
  const absl::Time deadline = absl::Now() + length;
  do {
    for (const auto& process : processes_) {
      if (process != nullptr) process->Listen(kTurn / static_cast<int>(processes_.size()));
    }
    absl::SleepFor(kTurn / 10);  // they may all be dead
  } while (absl::Now() < deadline);
}

absl::Status ClusterProcesses::Judge() {
  for (size_t host = 0; host < lives_.size(); ++host) {
    for (size_t i = 0; i < lives_[host].size(); ++i) {
      REHEARSE_RETURN_IF_ERROR(JudgeHistory(host, i + 1, lives_[host][i]));
    }
  }
  return absl::OkStatus();
}

absl::Status ClusterProcesses::JudgeHistory(size_t host, uint64_t incarnation, History& history) {
  const std::string text = ReadFrom(history.path, history.seen);
  const std::string name = NodeName(host + 1);
  for (absl::string_view rest = text; rest.find('\n') != absl::string_view::npos;) {
    const absl::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    history.seen += line.size() + 1;
    REHEARSE_ASSIGN_OR_RETURN(const Event event, Event::Parse(line));
    const absl::Status status = judge_.See(name, incarnation, event);
    if (status.ok()) continue;
    return absl::Status(status.code(),
                        absl::StrCat(name, "/", incarnation, ": ", status.message()));
  }
  return absl::OkStatus();
}

std::string ClusterProcesses::Logs() const {
  std::string logs;
  for (const auto& process : processes_) {
    if (process != nullptr) absl::StrAppend(&logs, process->err());
  }
  return logs;
}

std::string ClusterProcesses::Address(size_t host) const {
  return absl::StrCat("/ip4/", lan_.ip(host), transport_.address);
}

}  // namespace rehearse::cluster
