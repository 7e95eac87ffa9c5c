// The header as a user reads it. That it compiles and works is the business of messages_test.

#include "rehearse/net/codec/generator/header_emitter.h"

#include <gtest/gtest.h>

namespace rehearse::net {
namespace {

// One message with a comment, a number and a vector of a table that is defined later.
SchemaModel Bank() {
  SchemaModel model{.source = "bank/bank.fbs"};
  TableModel entry{.name = {"bank", "Entry"}};
  TableModel account{.name = {"bank", "Account"},
                     .comment = {"Who owns what.", "", "For ever."},
                     .message_id = MessageId{1, 2}};
  account.fields.push_back({.name = "cents",
                            .comment = {"Not euros."},
                            .bytes = 8,
                            .element_type = "int64_t",
                            .default_value = "100"});
  account.fields.push_back({.name = "entries",
                            .kind = FieldKind::kTables,
                            .id = 1,
                            .bytes = 4,
                            .element_type = "::bank::Entry",
                            .table = 1});
  model.tables = {account, entry};
  model.definition_order = {0, 1};
  return model;
}

TEST(HeaderEmitterTest, EmitsAPlainAggregate) {
  EXPECT_EQ(EmitHeader(Bank(), "bank/bank.h"),
            R"(// Made by rehearse_messages from bank/bank.fbs: change that.

#ifndef BANK_BANK_H_
#define BANK_BANK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/message_id.h"

namespace bank {

struct Entry;

// Who owns what.
//
// For ever.
struct Account {
  static constexpr ::rehearse::MessageId kMessageId{0x0000000000000001, 0x0000000000000002};
  static constexpr absl::string_view kMessageName = "bank.Account";

  // Not euros.
  int64_t cents = 100;
  std::vector<::bank::Entry> entries;

  // Appends the bytes: a FlatBuffer of table bank.Account. Never waits.
  void AppendTo(std::string& out) const;

  // Reads them back, also from a stranger and at any address.
  //   kDataLoss  they are malformed; nothing was read.
  static absl::StatusOr<Account> Parse(absl::string_view bytes);

  friend bool operator==(const Account&, const Account&) = default;
};

struct Entry {
  // Appends the bytes: a FlatBuffer of table bank.Entry. Never waits.
  void AppendTo(std::string& out) const;

  // Reads them back, also from a stranger and at any address.
  //   kDataLoss  they are malformed; nothing was read.
  static absl::StatusOr<Entry> Parse(absl::string_view bytes);

  friend bool operator==(const Entry&, const Entry&) = default;
};

}  // namespace bank

#endif  // BANK_BANK_H_
)");
}

}  // namespace
}  // namespace rehearse::net
