#include "rehearse/actor/mark.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/strand.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {
namespace {

// Written before main() alone, by the constructors of static objects.
constinit const MarkSite* first = nullptr;
constinit size_t count = 0;

bool AreSame(const MarkSite::Text& a, const MarkSite::Text& b) {
  return a.kind == b.kind && a.line == b.line && std::strcmp(a.file, b.file) == 0 &&
         std::strcmp(a.message, b.message) == 0;
}

absl::string_view NameOf(MarkKind kind) {
  switch (kind) {
    case MarkKind::kAlways: return "ALWAYS";
    case MarkKind::kAlwaysOrUnreachable: return "ALWAYS_OR_UNREACHABLE";
    case MarkKind::kSometimes: return "SOMETIMES";
    case MarkKind::kReachable: return "REACHABLE";
    case MarkKind::kUnreachable: return "UNREACHABLE";
  }
  return "";
}

}  // namespace

MarkSite::MarkSite(const Text& text) : text_(text), next_(first), number_(count) {
  for (const MarkSite* other = first; other != nullptr; other = other->next_) {
    if (AreSame(other->text_, text_)) number_ = other->number_;
  }
  if (number_ == count) ++count;
  first = this;
}

std::string MarkSite::ToString() const {
  return absl::StrCat(text_.file, ":", text_.line, " REHEARSE_", NameOf(text_.kind), " \"",
                      text_.message, "\"");
}

const MarkSite* MarkSite::First() { return first; }
size_t MarkSite::CountAll() { return count; }

namespace internal {

void MeetMark(const MarkSite& site, bool holds) {
  Worker* const worker = CurrentWorker();
  if (worker == nullptr || worker->current().strand() == nullptr) return;
  if (Marks* const marks = CurrentNode().Find<Marks>(); marks != nullptr) marks->Meet(site, holds);
}

}  // namespace internal
}  // namespace rehearse
