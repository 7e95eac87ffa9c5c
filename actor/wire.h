// Which values may cross between nodes, and how they become bytes.
//
// A message from a schema (rehearse_messages) brings its own codec; plain numbers, booleans and
// strings may be replies. Any other type stays on its node: using it in a protocol that is
// registered or looked up does not compile.

#ifndef REHEARSE_ACTOR_WIRE_H_
#define REHEARSE_ACTOR_WIRE_H_

#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/message_id.h"

namespace rehearse {

// What rehearse_messages generates: a stable id, and both directions. Parse verifies; bytes from
// outside are kDataLoss at worst.
template <typename T>
concept WireMessage = requires(const T& value, std::string& out, absl::string_view bytes) {
  { T::kMessageId } -> std::convertible_to<MessageId>;
  {value.AppendTo(out)};
  { T::Parse(bytes) } -> std::same_as<absl::StatusOr<T>>;
};

// One that stays in the bytes in which it came: a view. Adopt takes `frame`, in which the message's
// `count` bytes begin at `at`, unless it returns an error.
template <typename T>
concept AdoptsFrame = WireMessage<T> && requires(std::string& frame, size_t at, size_t count) {
  { T::Adopt(frame, at, count) } -> std::same_as<absl::StatusOr<T>>;
};

template <typename T>
concept WireScalar = std::is_arithmetic_v<T>;

template <typename T>
concept WireValue =
    WireMessage<T> || WireScalar<T> || std::same_as<T, std::string> || std::is_void_v<T>;

template <WireValue T>
void AppendWire(const T& value, std::string& out) {
  if constexpr (WireMessage<T>) {
    value.AppendTo(out);
  } else if constexpr (std::same_as<T, std::string>) {
    out += value;
  } else {
    // Little-endian, as every machine that Rehearse builds for.
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.append(bytes, sizeof(T));
  }
}

//   kDataLoss  the bytes are not a T.
template <WireValue T>
absl::StatusOr<T> ParseWire(absl::string_view bytes) {
  if constexpr (WireMessage<T>) {
    return T::Parse(bytes);
  } else if constexpr (std::same_as<T, std::string>) {
    return std::string(bytes);
  } else {
    if (bytes.size() != sizeof(T)) {
      return absl::DataLossError(
          absl::StrCat("a number of ", sizeof(T), " bytes came as ", bytes.size()));
    }
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_WIRE_H_
