// The program as it was.

#include <string>

#include "absl/strings/str_cat.h"
#include "net/codec/testing/evolution_v1.h"
#include "rehearse/tests/integration/desk_node.h"

namespace {

using rehearse::codec_test::v1::Order;

std::string Take(const Order& order) {
  return absl::StrCat(order.customer, ":", order.note, ":", order.items.size(), ":",
                      static_cast<int>(order.state));
}

}  // namespace

int main(int argc, char** argv) {
  return rehearse::RunDeskNode<Order>(
      argc, argv, &Take, {.customer = "ada", .note = "soon", .items = {{.name = "tea"}}});
}
