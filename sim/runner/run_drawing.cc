#include "rehearse/sim/runner/run_drawing.h"

#include <errno.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/hermetic/run_memory.h"

namespace rehearse::sim {
namespace {

absl::Status Failed(const std::string& path, int error) {
  return absl::UnavailableError(absl::StrCat("write drawing ", path, ": ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunDrawing>> RunDrawing::Create(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return Failed(path, errno);
  return std::unique_ptr<RunDrawing>(new RunDrawing(path, file));
}

RunDrawing::RunDrawing(std::string path, std::FILE* file)
    : path_(std::move(path)), file_(file, &std::fclose) {
  setvbuf(file, nullptr, _IOLBF, BUFSIZ);
  drawing_.Begin(text_);
}

void RunDrawing::NodeBegan(NodeId node, absl::string_view name, Instant at) {
  OutsideRunMemory outside;
  buffer_.NodeBegan(node, name, at);
  Write();
}

void RunDrawing::Began(const ObservedActor& actor, uint32_t life, Instant at) {
  OutsideRunMemory outside;
  buffer_.Began(actor, life, at);
  Write();
}

void RunDrawing::Handled(const ObservedActor& actor, const ObservedMessage& message, Instant began,
                         Instant ended) {
  OutsideRunMemory outside;
  buffer_.Handled(actor, message, began, ended);
  Write();
}

void RunDrawing::Panicked(const ObservedActor& actor, Instant at) {
  OutsideRunMemory outside;
  buffer_.Panicked(actor, at);
  Write();
}

void RunDrawing::Ended(const ObservedActor& actor, Instant at) {
  OutsideRunMemory outside;
  buffer_.Ended(actor, at);
  Write();
}

bool RunDrawing::SentElsewhere(const ObservedActor& sender, absl::string_view name, uint64_t flow,
                               Instant at) {
  OutsideRunMemory outside;
  const bool carry = buffer_.SentElsewhere(sender, name, flow, at);
  Write();
  return carry;
}

void RunDrawing::Write() {
  drawing_.Append(buffer_.Take(), text_);
  std::fwrite(text_.data(), 1, text_.size(), file_.get());
  text_.clear();
}

absl::Status RunDrawing::Close() {
  drawing_.End(text_);
  Write();
  const bool wrong = std::ferror(file_.get()) != 0;
  if (std::fclose(file_.release()) != 0 || wrong) return Failed(path_, errno);
  return absl::OkStatus();
}

}  // namespace rehearse::sim
