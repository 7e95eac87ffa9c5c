#include "rehearse/actor/observe/drawing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "rehearse/actor/observe/json_text.h"

namespace rehearse {
namespace {

// Shorter slices are drawn this long, so that what takes no virtual time can be seen. It is less
// than a simulated step.
constexpr int64_t kSliceNanosMin = 50;

// Where programs, tasks and timers send from.
constexpr ActorId kProgram = {};

void AddMicros(absl::string_view member, int64_t nanos, std::string& out) {
  absl::StrAppendFormat(&out, ",\"%s\":%d.%03d", member, nanos / 1000, nanos % 1000);
}

void AddMember(absl::string_view member, absl::string_view value, std::string& out) {
  absl::StrAppend(&out, ",\"", member, "\":");
  AppendJsonString(value, out);
}

std::string HexId(uint64_t id) { return absl::StrCat("0x", absl::Hex(id)); }

}  // namespace

void Drawing::Begin(std::string& out) {
  // So that each event that follows can begin with a comma.
  absl::StrAppend(&out, "[\n{\"ph\":\"M\",\"pid\":", options_.first_process,
                  ",\"name\":\"process_labels\",\"args\":{\"labels\":\"rehearse\"}}");
}

void Drawing::End(std::string& out) {
  if (dropped_ != 0) {
    Open('M', NodeId{0}, kProgram, out);
    absl::StrAppend(&out, ",\"name\":\"process_labels\",\"args\":{\"labels\":\"", dropped_,
                    " events dropped\"}}");
  }
  out.append("\n]\n");
}

void Drawing::Append(const SpanBatch& batch, std::string& out) {
  for (const auto& [node, name] : batch.nodes) AddNode(node, name, out);
  for (const Span& span : batch.spans) {
    switch (span.kind) {
      case SpanKind::kBegan: AddBegan(span, out); break;
      case SpanKind::kHandled: AddHandled(span, out); break;
      case SpanKind::kPanicked: AddPoint("panic", span, out); break;
      case SpanKind::kEnded: AddPoint("end", span, out); break;
      case SpanKind::kSentElsewhere: AddSentElsewhere(span, out); break;
    }
  }
  dropped_ += batch.dropped;
}

void Drawing::AddNode(NodeId node, absl::string_view name, std::string& out) {
  AddName("process_name", name, node, kProgram, out);
  AddName("thread_name", "program", node, kProgram, out);
}

void Drawing::AddBegan(const Span& span, std::string& out) {
  if (span.life != 1) return AddPoint("restart", span, out);
  AddName("thread_name", absl::StrCat(span.actor.class_name, span.actor.id.ToString()),
          span.actor.node, span.actor.id, out);
}

void Drawing::AddHandled(const Span& span, std::string& out) {
  const ObservedMessage& message = span.message;
  const NodeId node = span.actor.node;
  const int64_t began = span.began.nanos();
  const int64_t waited = message.stamp ? message.stamp.NanosUntil(span.began) : 0;
  AddSlice(message.name, node, span.actor.id, began, span.ended.nanos(),
           absl::StrFormat("\"waited_us\":%d.%03d", waited / 1000, waited % 1000), out);
  if (message.own || (!message.stamp && message.flow == 0)) return;
  if (message.flow != 0) {  // its arrow begins on another node
    return AddArrow('f', message.name, HexId(message.flow), node, span.actor.id, began, out);
  }
  const int64_t sent = began - waited;
  const std::string id = absl::StrCat(HexId(message.stamp.value), ".", message.sender.value);
  if (!message.sender) {
    AddSlice(absl::StrCat("send ", message.name), node, kProgram, sent, sent, "", out);
  }
  AddArrow('s', message.name, id, node, message.sender, sent, out);
  AddArrow('f', message.name, id, node, span.actor.id, began, out);
}

void Drawing::AddSentElsewhere(const Span& span, std::string& out) {
  const int64_t sent = span.began.nanos();
  if (!span.actor.id) {
    AddSlice(absl::StrCat("send ", span.message.name), span.actor.node, kProgram, sent, sent, "",
             out);
  }
  AddArrow('s', span.message.name, HexId(span.message.flow), span.actor.node, span.actor.id, sent,
           out);
}

void Drawing::AddPoint(absl::string_view name, const Span& span, std::string& out) {
  Open('i', span.actor.node, span.actor.id, out);
  AddMember("name", name, out);
  AddMicros("ts", options_.epoch_nanos + span.began.nanos(), out);
  out.append(",\"s\":\"t\"}");
}

void Drawing::AddArrow(char end, absl::string_view name, const std::string& id, NodeId node,
                       ActorId track, int64_t nanos, std::string& out) {
  Open(end, node, track, out);
  AddMember("name", name, out);
  // Ids of arrows within a node are that node's own.
  const bool crosses = id.find('.') == std::string::npos;
  AddMember("id", crosses ? id : absl::StrCat(options_.first_process + node.value, ".", id), out);
  AddMicros("ts", options_.epoch_nanos + nanos, out);
  out.append(end == 'f' ? ",\"cat\":\"message\",\"bp\":\"e\"}" : ",\"cat\":\"message\"}");
}

void Drawing::AddSlice(absl::string_view name, NodeId node, ActorId track, int64_t from, int64_t to,
                       absl::string_view arguments, std::string& out) {
  Open('X', node, track, out);
  AddMember("name", name, out);
  AddMicros("ts", options_.epoch_nanos + from, out);
  AddMicros("dur", std::max(to - from, kSliceNanosMin), out);
  absl::StrAppend(&out, ",\"cat\":\"message\",\"args\":{", arguments, "}}");
}

void Drawing::AddName(absl::string_view of, absl::string_view name, NodeId node, ActorId track,
                      std::string& out) {
  Open('M', node, track, out);
  AddMember("name", of, out);
  out.append(",\"args\":{\"name\":");
  AppendJsonString(name, out);
  out.append("}}");
}

void Drawing::Open(char phase, NodeId node, ActorId track, std::string& out) {
  absl::StrAppend(&out, ",\n{\"ph\":\"", std::string(1, phase),
                  "\",\"pid\":", options_.first_process + node.value, ",\"tid\":", track.value);
}

}  // namespace rehearse
