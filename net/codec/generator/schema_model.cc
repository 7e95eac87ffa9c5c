#include "rehearse/net/codec/generator/schema_model.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace rehearse::net {

std::string QualifiedName::Dotted() const {
  return scope.empty() ? name : absl::StrCat(scope, ".", name);
}

std::string QualifiedName::Cpp() const {
  return absl::StrCat("::", absl::StrReplaceAll(Dotted(), {{".", "::"}}));
}

std::string FieldModel::MemberType() const {
  switch (kind) {
    case FieldKind::kString:
    case FieldKind::kBytes: return "std::string";
    case FieldKind::kStrings: return "std::vector<std::string>";
    case FieldKind::kScalars:
    case FieldKind::kTables:
    case FieldKind::kUnions:
    case FieldKind::kRefs: return absl::StrCat("std::vector<", element_type, ">");
    case FieldKind::kScalar:
    case FieldKind::kTable:
    case FieldKind::kUnion:
    case FieldKind::kRef: break;
  }
  return optional ? absl::StrCat("std::optional<", element_type, ">") : element_type;
}

std::vector<int> SchemaModel::HeldBy(const FieldModel& field) const {
  std::vector<int> held;
  if (field.table >= 0) held.push_back(field.table);
  if (field.union_number < 0) return held;
  for (const UnionModel::Alternative& alternative : unions[field.union_number].alternatives) {
    held.push_back(alternative.table);
  }
  return held;
}

}  // namespace rehearse::net
