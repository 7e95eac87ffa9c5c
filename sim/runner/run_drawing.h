// The file that --perfetto names: one run as a picture.

#ifndef REHEARSE_SIM_RUNNER_RUN_DRAWING_H_
#define REHEARSE_SIM_RUNNER_RUN_DRAWING_H_

#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/observe/drawing.h"
#include "rehearse/actor/observe/span_buffer.h"

namespace rehearse::sim {

// Observes the run, outside its memory. Each event is in the file at once, so that a run that
// crashes is drawn up to there.
class RunDrawing final : public Observer {
 public:
  // Overwrites. The message of any error names the file and what the host said.
  static absl::StatusOr<std::unique_ptr<RunDrawing>> Create(const std::string& path);

  void NodeBegan(NodeId node, absl::string_view name, Instant at) override;
  void Began(const ObservedActor& actor, uint32_t life, Instant at) override;
  void Handled(const ObservedActor& actor, const ObservedMessage& message, Instant began,
               Instant ended) override;
  void Panicked(const ObservedActor& actor, Instant at) override;
  void Ended(const ObservedActor& actor, Instant at) override;
  bool SentElsewhere(const ObservedActor& sender, absl::string_view name, uint64_t flow,
                     Instant at) override;

  // An error if anything was not written, a full disk for instance.
  absl::Status Close();

 private:
  RunDrawing(std::string path, std::FILE* file);

  void Write();

  const std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  SpanBuffer buffer_;
  Drawing drawing_;
  std::string text_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_RUN_DRAWING_H_
