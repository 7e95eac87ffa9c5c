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
    case FieldKind::kTables: return absl::StrCat("std::vector<", element_type, ">");
    case FieldKind::kScalar:
    case FieldKind::kTable: break;
  }
  return optional ? absl::StrCat("std::optional<", element_type, ">") : element_type;
}

}  // namespace rehearse::net
