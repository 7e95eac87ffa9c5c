// The program as it is.

#include <string>

#include "absl/strings/str_cat.h"
#include "net/codec/testing/evolution_v2.h"
#include "rehearse/tests/integration/desk_node.h"

namespace {

namespace v2 = rehearse::codec_test::v2;

std::string Take(const v2::Order& order) {
  return absl::StrCat(order.customer, ":", static_cast<int>(order.priority), ":",
                      order.address.has_value() ? order.address->street : "nowhere", ":",
                      order.items.empty() ? -1 : order.items[0].price_cents);
}

}  // namespace

int main(int argc, char** argv) {
  return rehearse::RunDeskNode<v2::Order>(argc, argv, &Take,
                                          {.customer = "bob",
                                           .state = v2::State::Refunded,
                                           .items = {{.name = "tea", .price_cents = 250}, {}},
                                           .address = v2::Address{.street = "high"},
                                           .priority = 9});
}
