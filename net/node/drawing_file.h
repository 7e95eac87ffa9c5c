// The file that --trace names: what the node's actors do, as a picture that grows.

#ifndef REHEARSE_NET_NODE_DRAWING_FILE_H_
#define REHEARSE_NET_NODE_DRAWING_FILE_H_

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/observe/drawing.h"
#include "rehearse/actor/observe/span_buffer.h"

namespace rehearse::net {

// Workers fill buffers; a thread of its own empties them and writes, ten times a second. What comes
// faster than that, SpanBuffer::kSpansMax a worker each time, is dropped and counted in the file.
class DrawingFile {
 public:
  // Overwrites. `options` as for Drawing.
  //   kUnavailable  it can't be written; the message names it.
  static absl::StatusOr<std::unique_ptr<DrawingFile>> Create(const std::string& path, int workers,
                                                             const DrawingOptions& options);
  // As Close, and keeps quiet.
  ~DrawingFile();
  DrawingFile(const DrawingFile&) = delete;
  DrawingFile& operator=(const DrawingFile&) = delete;

  // Of worker `index`.
  Observer& observer(int index) { return *buffers_[static_cast<size_t>(index)]; }

  // Writes what is left, once no worker runs. An error if anything was not written, a full disk for
  // instance.
  absl::Status Close();

 private:
  DrawingFile(std::string path, std::FILE* file, int workers, const DrawingOptions& options);

  void WriteOn();
  void Drain();
  void Write();

  const std::string path_;
  std::FILE* file_;
  std::vector<std::unique_ptr<SpanBuffer>> buffers_;
  Drawing drawing_;  // the writer's
  std::string text_;
  int error_ = 0;  // the first that writing met

  std::mutex mutex_;
  std::condition_variable told_;
  bool closing_ = false;
  std::thread writer_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_DRAWING_FILE_H_
