// Spans as a picture: a track a node and actor, a slice a message that was handled, arrows from who
// sent it, over nodes too.
//
// The text is Chrome's trace event format, an array of JSON objects, one a line, which
// ui.perfetto.dev draws. Arrays of several processes make one picture when they are put together:
// times are of the calendar, and what names a message that crossed nodes is unique among them.

#ifndef REHEARSE_ACTOR_OBSERVE_DRAWING_H_
#define REHEARSE_ACTOR_OBSERVE_DRAWING_H_

#include <cstdint>
#include <string>

#include "rehearse/actor/observe/span_buffer.h"

namespace rehearse {

struct DrawingOptions {
  uint64_t first_process = 0;  // the number of node 0 in the picture
  int64_t epoch_nanos = 0;     // when the timebase began
};

//   Drawing drawing(options);
//   drawing.Begin(text);  …  drawing.Append(buffer.Take(), text);  …  drawing.End(text);
class Drawing {
 public:
  explicit Drawing(const DrawingOptions& options = {}) : options_(options) {}

  // They append to `out`, which may be written and emptied in between. Without End it is still what
  // Perfetto reads, but no JSON.
  void Begin(std::string& out);
  void Append(const SpanBatch& batch, std::string& out);
  void End(std::string& out);

 private:
  void AddNode(NodeId node, absl::string_view name, std::string& out);
  void AddBegan(const Span& span, std::string& out);
  void AddHandled(const Span& span, std::string& out);
  void AddSentElsewhere(const Span& span, std::string& out);
  void AddPoint(absl::string_view name, const Span& span, std::string& out);
  // The end of an arrow that the slice at this point of a track has.
  void AddArrow(char end, absl::string_view name, const std::string& id, NodeId node, ActorId track,
                int64_t nanos, std::string& out);
  void AddSlice(absl::string_view name, NodeId node, ActorId track, int64_t from, int64_t to,
                absl::string_view arguments, std::string& out);
  void AddName(absl::string_view of, absl::string_view name, NodeId node, ActorId track,
               std::string& out);
  // An event's line, up to its own members.
  void Open(char phase, NodeId node, ActorId track, std::string& out);

  const DrawingOptions options_;
  uint64_t dropped_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_OBSERVE_DRAWING_H_
