#include "rehearse/net/codec/generator/reader_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace rehearse::net {

void AppendReaderBody(const TableModel& table,
                      const std::function<std::string(const FieldModel& field)>& call,
                      std::string& text) {
  absl::StrAppend(&text,
                  " {\n  ::rehearse::net::TableReader table(reader, at);\n  return table.ok()");
  for (const FieldModel& field : table.fields) {
    if (field.required) {
      absl::SubstituteAndAppend(
          &text, " &&\n         table.Require($0, \"required field $1 of $2 is missing\")",
          field.id, field.name, table.name.Dotted());
    }
    absl::StrAppend(&text, " &&\n         table.", call(field));
  }
  absl::StrAppend(&text, ";\n}\n\n");
}

}  // namespace rehearse::net
