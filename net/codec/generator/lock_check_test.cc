// Which changes of a schema its lock file lets through, and in which words it refuses the others.

#include "rehearse/net/codec/generator/lock_check.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rehearse::net {
namespace {

constexpr char kId[] = "3b9128f1-0593-44a0-b83a-f4188baa05bf";
constexpr char kOtherId[] = "3b9128f1-0593-44a0-b83a-f4188baa05c0";

FieldModel Number(uint16_t id, const std::string& type = "int64_t",
                  const std::string& default_value = "5") {
  return {.name = "n", .id = id, .element_type = type, .default_value = default_value};
}

SchemaModel Bank(std::vector<FieldModel> fields, const std::string& name = "Deposit",
                 const std::string& id = kId) {
  SchemaModel model{.source = "bank.fbs"};
  model.tables.push_back({.name = {"bank", name},
                          .message_id = MessageId::Parse(id).value(),
                          .fields = std::move(fields)});
  return model;
}

const std::string kLine = std::string("bank.Deposit ") + kId + " 0=n:int64_t(5) 1=n:int32_t(0)\n";

void ExpectRefused(const SchemaModel& model, const std::string& lock, absl::string_view message) {
  const absl::Status status = CheckLock(model, lock, "bank.lock");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), message);
}

TEST(LockCheckTest, WhatIsLockedIsLetThrough) {
  const SchemaModel model = Bank({Number(0), Number(1, "int32_t", "0")});
  EXPECT_EQ(LockLines(model)[0] + "\n", kLine);
  EXPECT_TRUE(CheckLock(model, "# ours\n\n" + kLine, "bank.lock").ok());
}

TEST(LockCheckTest, AFieldThatIsDeprecatedIsLetThrough) {
  EXPECT_TRUE(CheckLock(Bank({Number(1, "int32_t", "0")}), kLine, "bank.lock").ok());
}

TEST(LockCheckTest, WhatIsNewIsNamedForTheLock) {
  const std::string lines = std::string("bank.fbs: not all of it is in bank.lock. Put there:\n") +
                            "bank.Deposit " + kId +
                            " 0=n:int64_t(5) 1=n:int32_t(0) 2=n:bool(false)";
  const SchemaModel model =
      Bank({Number(0), Number(1, "int32_t", "0"), Number(2, "bool", "false")});
  ExpectRefused(model, kLine, lines);
  ExpectRefused(model, "", lines);
}

TEST(LockCheckTest, AFieldThatChangedIsRefused) {
  ExpectRefused(Bank({Number(0, "int64_t", "6"), Number(1, "int32_t", "0")}), kLine,
                "bank.fbs: bank.Deposit: 0 was n:int64_t(5), and is n:int64_t(6): mark the old one "
                "deprecated, add another at the end");
  ExpectRefused(Bank({Number(0), Number(1)}), kLine,
                "bank.fbs: bank.Deposit: 1 was n:int32_t(0), and is n:int64_t(5): mark the old one "
                "deprecated, add another at the end");
}

TEST(LockCheckTest, AFieldsNewNameIsRefusedUntilTheLockHasItToo) {
  SchemaModel model = Bank({Number(0), Number(1, "int32_t", "0")});
  model.tables[0].fields[0].name = "cents";
  ExpectRefused(model, kLine,
                "bank.fbs: bank.Deposit: 0 was n:int64_t(5), and is cents:int64_t(5): if only the "
                "name is another, change it in the lock too");
  EXPECT_TRUE(CheckLock(model, LockLines(model)[0], "bank.lock").ok());
}

SchemaModel Colors(std::vector<EnumeratorModel> enumerators) {
  SchemaModel model = Bank({});
  model.enums.push_back({.name = {"bank", "Color"}, .enumerators = std::move(enumerators)});
  return model;
}

const std::string kColors =
    std::string("bank.Color enum 1=Red 2=Green\nbank.Deposit ") + kId + "\n";

TEST(LockCheckTest, AnEnumMayLoseValuesAndGetOthersOnceTheyAreLocked) {
  EXPECT_TRUE(CheckLock(Colors({{"Red", 1}, {"Green", 2}}), kColors, "bank.lock").ok());
  EXPECT_TRUE(CheckLock(Colors({{"Green", 2}}), kColors, "bank.lock").ok());
  ExpectRefused(Colors({{"Red", 1}, {"Green", 2}, {"Blue", -3}}), kColors,
                "bank.fbs: not all of it is in bank.lock. Put there:\n"
                "bank.Color enum -3=Blue 1=Red 2=Green");
}

TEST(LockCheckTest, AValueThatChangedOrIsUsedAgainIsRefused) {
  ExpectRefused(Colors({{"Red", 1}, {"Green", 3}}), kColors,
                "bank.fbs: bank.Color.Green was 2, and is 3: a value never changes");
  ExpectRefused(
      Colors({{"Red", 1}, {"Blue", 2}}), kColors,
      "bank.fbs: bank.Color: 2 was Green, and is Blue: numbers are not used again; if only "
      "the name is another, change it in the lock too");
}

TEST(LockCheckTest, AUnionMayGrowAtItsEnd) {
  SchemaModel model = Bank({{.name = "u", .kind = FieldKind::kUnion, .id = 1, .union_number = 0}});
  model.tables.push_back({.name = {"bank", "Circle"}});
  model.unions.push_back({.name = {"bank", "Shape"}, .alternatives = {{1, 1}}});
  const std::string lock = std::string("bank.Circle -\nbank.Deposit ") + kId +
                           " 1=u:bank.Shape\nbank.Shape union 1=bank.Circle\n";
  EXPECT_TRUE(CheckLock(model, lock, "bank.lock").ok());
  model.unions[0].alternatives = {{1, 1}, {2, 0}};
  ExpectRefused(model, lock,
                "bank.fbs: not all of it is in bank.lock. Put there:\n"
                "bank.Shape union 1=bank.Circle 2=bank.Deposit");
  model.unions[0].alternatives = {{1, 0}};
  ExpectRefused(model, lock,
                "bank.fbs: bank.Shape: 1 was bank.Circle, and is bank.Deposit: leave the old one "
                "its number, add another at the end");
}

TEST(LockCheckTest, AnIdThatChangedIsRefused) {
  ExpectRefused(Bank({Number(0)}, "Deposit", kOtherId), kLine,
                "bank.fbs: bank.Deposit had the id 3b9128f1-0593-44a0-b83a-f4188baa05bf, and has "
                "3b9128f1-0593-44a0-b83a-f4188baa05c0: ids never change. Another message needs "
                "another name");
}

TEST(LockCheckTest, AnIdOfAnotherMessageIsRefused) {
  ExpectRefused(Bank({Number(0)}, "Withdraw"), kLine,
                "bank.fbs: bank.Withdraw has the id of bank.Deposit, "
                "3b9128f1-0593-44a0-b83a-f4188baa05bf: make a new one with uuidgen");
  ExpectRefused(
      Bank({Number(0)}), kLine + "bank.Withdraw " + kId + " 0=n:bool\n",
      "bank.lock: bank.Deposit and bank.Withdraw have one id, "
      "3b9128f1-0593-44a0-b83a-f4188baa05bf: make a new one for the younger with uuidgen");
}

TEST(LockCheckTest, ALineThatIsNoneIsRefused) {
  ExpectRefused(Bank({}), "bank.Deposit\n", "bank.lock:1: a line is NAME ID PART...");
  ExpectRefused(Bank({}), "\nbank.Deposit - x=int\n",
                "bank.lock:2: \"x=int\" is no field: NUMBER=NAME:TYPE");
  ExpectRefused(Bank({}), "bank.Deposit - 0=std::string\n",
                "bank.lock:1: \"0=std::string\" is no field: NUMBER=NAME:TYPE");
  ExpectRefused(Bank({}), "bank.Color enum Red\n", "bank.lock:1: \"Red\" is no part: NUMBER=NAME");
  ExpectRefused(Bank({}), kLine + kLine, "bank.lock:2: bank.Deposit has a line already");
}

}  // namespace
}  // namespace rehearse::net
