// A guest of a chat room that is on no node in particular.
//
// The room is a name that all its guests share. Each watches it, and so sees who comes and who
// goes, by themselves or with their node; what one says it tells all others itself.

#ifndef EXAMPLES_CHAT_GUEST_H_
#define EXAMPLES_CHAT_GUEST_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "examples/chat/chat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/names.h"
#include "rehearse/actor/node.h"

namespace examples::chat {

using GuestProtocol = rehearse::Protocol<std::string(Who), void(Said)>;

// What a guest sees and hears. Called on its fiber; outlives it.
class Screen {
 public:
  virtual ~Screen() = default;

  virtual void Entered(const std::string& room, const std::string& nick) = 0;
  virtual void Left(const std::string& room, const std::string& nick) = 0;
  virtual void Heard(const std::string& room, const Said& said) = 0;
};

// Said to one's own guest.
struct Say {
  std::string text;
};
struct GetPresent {};

// Of its doorkeeper.
struct Came {
  rehearse::Location where;
  std::string nick;
  rehearse::ActorRef<GuestProtocol> ref;
};
struct Went {
  rehearse::Location where;
};

class Guest : public rehearse::Actor {
 public:
  Guest(std::string room, std::string nick, Screen& screen);

  // In the room from now on, as others will learn.
  absl::Status OnStart() override;

  std::string Handle(const Who&) { return nick_; }
  void Handle(const Said& said) { screen_.Heard(room_, said); }

  // Told to all others that are known to be here. Nobody is waited for: who is out of reach, or
  // does not listen, has not heard it. How many it went to.
  int64_t Handle(const Say& say);
  // The nicks of the others, in their order.
  std::vector<std::string> Handle(const GetPresent&);

  void Handle(const Came& came);
  void Handle(const Went& went);

 private:
  struct Other {
    std::string nick;
    rehearse::ActorRef<GuestProtocol> ref;
  };

  const std::string room_;
  const std::string nick_;
  Screen& screen_;
  std::map<rehearse::Location, Other> others_;
};

}  // namespace examples::chat

#endif  // EXAMPLES_CHAT_GUEST_H_
