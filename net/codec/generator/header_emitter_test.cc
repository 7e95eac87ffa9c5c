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
#include "rehearse/net/codec/table_view.h"

namespace bank {

struct Entry;

class AccountView;

class EntryView;

// Who owns what.
//
// For ever.
struct Account {
  static constexpr ::rehearse::MessageId kMessageId{0x0000000000000001, 0x0000000000000002};
  static constexpr absl::string_view kMessageName = "bank.Account";

  // Not euros.
  int64_t cents = 100;
  std::vector<::bank::Entry> entries;

  using View = AccountView;

  // Appends the bytes: a FlatBuffer of table bank.Account. Never waits.
  void AppendTo(std::string& out) const;

  // Reads them back, also from a stranger and at any address.
  //   kDataLoss  they are malformed; nothing was read.
  static absl::StatusOr<Account> Parse(absl::string_view bytes);

  // Checks as much, and shows the fields where they lie. It stands on `bytes`.
  static absl::StatusOr<AccountView> ViewOf(absl::string_view bytes);

  friend bool operator==(const Account&, const Account&) = default;
};

struct Entry {
  using View = EntryView;

  // Appends the bytes: a FlatBuffer of table bank.Entry. Never waits.
  void AppendTo(std::string& out) const;

  // Reads them back, also from a stranger and at any address.
  //   kDataLoss  they are malformed; nothing was read.
  static absl::StatusOr<Entry> Parse(absl::string_view bytes);

  friend bool operator==(const Entry&, const Entry&) = default;
};

// Account, where it lies.
class AccountView {
 public:
  explicit AccountView(::rehearse::net::TableView table) : table_(table) {}

  int64_t cents() const;
  ::rehearse::net::TablesView<::bank::EntryView> entries() const;

 private:
  [[maybe_unused]] ::rehearse::net::TableView table_;
};

// Entry, where it lies.
class EntryView {
 public:
  explicit EntryView(::rehearse::net::TableView table) : table_(table) {}

 private:
  [[maybe_unused]] ::rehearse::net::TableView table_;
};

}  // namespace bank

#endif  // BANK_BANK_H_
)");
}

}  // namespace
}  // namespace rehearse::net
