// A node with a guest at a terminal, for real.

#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "examples/chat/guest.h"
#include "examples/chat/terminal.h"
#include "rehearse/net/node/run_node.h"

namespace {

using examples::chat::GetPresent;
using examples::chat::Guest;
using examples::chat::Said;
using examples::chat::Say;
using examples::chat::Terminal;
using rehearse::ActorRef;

constexpr char kDescription[] =
    "A chat without a server: rooms are names that all their guests share.\n";

constexpr char kArgsHelp[] =
    R"(Arguments, after "--": the room (lobby), then the nick (the node's name).

What is typed is said. Lines that begin with a slash:
  /join ROOM  goes to another room too, and talks there from now on
  /who        who is here
  /quit       as the end of the input
)";

class Printer final : public examples::chat::Screen {
 public:
  void Entered(const std::string& room, const std::string& nick) override {
    Print(absl::StrCat("* ", nick, " is in ", room));
  }
  void Left(const std::string& room, const std::string& nick) override {
    Print(absl::StrCat("* ", nick, " has left ", room));
  }
  void Heard(const std::string& room, const Said& said) override {
    Print(absl::StrCat("[", room, "] ", said.from, ": ", said.text));
  }
  void Print(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }
};

// Does what is typed.
class Keyboard {
 public:
  Keyboard(rehearse::Node& node, std::string nick, Printer& printer)
      : node_(node), nick_(std::move(nick)), printer_(printer) {}

  void Join(const std::string& room) {
    if (guests_.count(room) == 0) {
      guests_[room] = node_.Spawn<Guest>(room, nick_, std::ref<examples::chat::Screen>(printer_));
    }
    room_ = room;
  }

  // Until there is no more, or the node ends.
  absl::Status Run() {
    while (true) {
      const auto line = terminal_.ReadLine();
      if (!line.ok()) return line.status();
      if (!line->has_value() || **line == "/quit") return absl::OkStatus();
      Obey(**line);
    }
  }

 private:
  void Obey(absl::string_view line) {
    if (absl::ConsumePrefix(&line, "/join ")) return Join(std::string(line));
    if (line == "/who") {
      const auto present = guests_[room_].Ask(GetPresent());
      if (present.ok()) {
        printer_.Print(absl::StrCat("* in ", room_, ": you, ", absl::StrJoin(*present, ", ")));
      }
    } else if (!line.empty()) {
      const auto heard = guests_[room_].Ask(Say{std::string(line)});
      if (heard.ok() && *heard == 0) printer_.Print("* nobody is here to hear it");
    }
  }

  rehearse::Node& node_;
  const std::string nick_;
  Printer& printer_;
  Terminal terminal_;
  std::string room_;
  std::map<std::string, ActorRef<Guest>> guests_;  // by room
};

absl::Status CheckArgs(const std::vector<std::string>& args) {
  if (args.size() <= 2) return absl::OkStatus();
  return absl::InvalidArgumentError("say at most a room and a nick");
}

}  // namespace

int main(int argc, char** argv) {
  Printer printer;
  const auto program = [&printer](rehearse::Node& node) -> absl::Status {
    const std::vector<std::string>& args = node.args();
    Keyboard keyboard(node, args.size() > 1 ? args[1] : node.name(), printer);
    keyboard.Join(args.empty() ? "lobby" : args[0]);
    const absl::Status status = keyboard.Run();
    node.Shutdown();
    return status;
  };
  return rehearse::net::RunNode(
      argc, argv, program,
      {.description = kDescription, .args_help = kArgsHelp, .check_args = CheckArgs});
}
