#include "rehearse/net/node/drawing_file.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

constexpr std::chrono::milliseconds kWriteEvery(100);

absl::Status Failed(const std::string& path, int error) {
  return absl::UnavailableError(absl::StrCat("write trace ", path, ": ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DrawingFile>> DrawingFile::Create(const std::string& path,
                                                                 int workers,
                                                                 const DrawingOptions& options) {
  std::FILE* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return Failed(path, errno);
  return std::unique_ptr<DrawingFile>(new DrawingFile(path, file, workers, options));
}

DrawingFile::DrawingFile(std::string path, std::FILE* file, int workers,
                         const DrawingOptions& options)
    : path_(std::move(path)), file_(file), drawing_(options) {
  for (int i = 0; i < workers; ++i) buffers_.push_back(std::make_unique<SpanBuffer>());
  drawing_.Begin(text_);
  writer_ = std::thread([this] { WriteOn(); });
}

DrawingFile::~DrawingFile() { Close().IgnoreError(); }

absl::Status DrawingFile::Close() {
  if (file_ == nullptr) return absl::OkStatus();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  told_.notify_one();
  writer_.join();
  Drain();
  drawing_.End(text_);
  Write();
  if (std::fclose(std::exchange(file_, nullptr)) != 0 && error_ == 0) error_ = errno;
  return error_ == 0 ? absl::OkStatus() : Failed(path_, error_);
}

void DrawingFile::WriteOn() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!told_.wait_for(lock, kWriteEvery, [this] { return closing_; })) Drain();
}

void DrawingFile::Drain() {
  for (const std::unique_ptr<SpanBuffer>& buffer : buffers_) {
    drawing_.Append(buffer->Take(), text_);
    Write();
  }
}

// After the first failure nothing is tried again.
void DrawingFile::Write() {
  if (error_ == 0 && (std::fwrite(text_.data(), 1, text_.size(), file_) != text_.size() ||
                      std::fflush(file_) != 0)) {
    error_ = errno;
  }
  text_.clear();
}

}  // namespace rehearse::net
