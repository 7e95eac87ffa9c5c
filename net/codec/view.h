// A message in the bytes in which it came, for handlers that read it where it lies.
//
//   class Store : public rehearse::Actor {
//    public:
//     void Handle(const rehearse::net::View<Blob>& blob) { Write(blob->data()); }
//
// From another node the message is checked once and never unpacked: it takes along the frame that
// the network has read, and a vector of a megabyte is not copied. The sender may know it as a Blob:
// Protocol<void(Blob)> there and Protocol<void(View<Blob>)> here are the same on the wire. On one
// node View<Blob>::Of(blob) packs it, once; a plain Blob is another message, and telling it to an
// actor that handles views alone does not compile.

#ifndef REHEARSE_NET_CODEC_VIEW_H_
#define REHEARSE_NET_CODEC_VIEW_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/message_id.h"
#include "rehearse/net/codec/table_view.h"

namespace rehearse::net {

// M is a message of a schema. Owns its bytes; copies copy them.
template <typename M>
class View {
 public:
  static constexpr MessageId kMessageId = M::kMessageId;
  static constexpr absl::string_view kMessageName = M::kMessageName;
  using Fields = typename M::View;

  // `message`, packed.
  static View Of(const M& message) {
    std::string bytes;
    message.AppendTo(bytes);
    const size_t count = bytes.size();
    return View(std::move(bytes), 0, count);
  }
  // Of a copy of `bytes`, from whomever.
  //   kDataLoss  they are malformed.
  static absl::StatusOr<View> Parse(absl::string_view bytes) {
    std::string frame(bytes);
    return Adopt(frame, 0, bytes.size());
  }
  // Of `count` bytes in `frame` from `at` on. Takes the frame, unless they are malformed.
  static absl::StatusOr<View> Adopt(std::string& frame, size_t at, size_t count) {
    const auto fields = M::ViewOf(absl::string_view(frame).substr(at, count));
    if (!fields.ok()) return fields.status();
    return View(std::move(frame), at, count);
  }
  void AppendTo(std::string& out) const { out.append(bytes().data(), bytes().size()); }

  // The message's fields: functions with their names. What they return lives as long as this view
  // is neither moved nor destroyed; in a handler, until it returns.
  Fields operator*() const { return Fields(TableView::RootOf(bytes())); }
  class Arrow {
   public:
    explicit Arrow(Fields fields) : fields_(fields) {}
    const Fields* operator->() const { return &fields_; }

   private:
    Fields fields_;
  };
  Arrow operator->() const { return Arrow(**this); }

  // Unpacked after all.
  //   kDataLoss  it has refs, and this is no fiber of a node.
  absl::StatusOr<M> Unpack() const { return M::Parse(bytes()); }

  absl::string_view bytes() const { return absl::string_view(frame_).substr(at_, count_); }
  friend bool operator==(const View& a, const View& b) { return a.bytes() == b.bytes(); }

 private:
  View(std::string&& frame, size_t at, size_t count)
      : frame_(std::move(frame)), at_(at), count_(count) {}

  std::string frame_;
  size_t at_;
  size_t count_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_VIEW_H_
