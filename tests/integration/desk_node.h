// A program with a desk that takes orders, called "server", or one that orders there, called
// otherwise. What an order is, and what a desk makes of it, is of the program's version.

#ifndef REHEARSE_TESTS_INTEGRATION_DESK_NODE_H_
#define REHEARSE_TESTS_INTEGRATION_DESK_NODE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/node/run_node.h"

namespace rehearse {

template <typename Order>
using TakeOrder = std::string (*)(const Order& order);

template <typename Order>
class Desk : public Actor {
 public:
  explicit Desk(TakeOrder<Order> take) : take_(take) {}
  std::string Handle(const Order& order) { return take_(order); }

 private:
  const TakeOrder<Order> take_;
};

template <typename Order>
int RunDeskNode(int argc, char** argv, TakeOrder<Order> take, const Order& order) {
  using DeskProtocol = Protocol<std::string(Order)>;
  return net::RunNode(argc, argv, [take, order](Node& node) -> absl::Status {
    if (node.name() == "server") {
      return node.Register<DeskProtocol>("desk", node.Spawn<Desk<Order>>(take));
    }
    REHEARSE_ASSIGN_OR_RETURN(const auto desk, node.Named<DeskProtocol>("desk@server"));
    REHEARSE_ASSIGN_OR_RETURN(const std::string answer,
                              desk.Ask(order, {.reply_timeout = absl::Seconds(20)}));
    node.log().Write(Severity::kInfo, absl::StrCat("the desk says ", answer, "."));
    node.Shutdown();
    return absl::OkStatus();
  });
}

}  // namespace rehearse

#endif  // REHEARSE_TESTS_INTEGRATION_DESK_NODE_H_
