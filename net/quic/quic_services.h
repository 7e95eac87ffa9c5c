// What every node serves on the streams that strangers open: pings, and who it is.

#ifndef REHEARSE_NET_QUIC_QUIC_SERVICES_H_
#define REHEARSE_NET_QUIC_QUIC_SERVICES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/quic/quic_context.h"
#include "rehearse/net/quic/quic_session.h"

namespace rehearse::net {

class QuicServices {
 public:
  struct Words {
    std::string protocol_version;
    std::string agent_version;
  };

  // `identity` outlives it.
  QuicServices(std::shared_ptr<QuicContext> context, const Identity& identity, Words words)
      : context_(std::move(context)), identity_(identity), words_(std::move(words)) {}

  // Their protocols.
  static std::vector<std::string> Protocols();

  // Serves `protocol`, if it is one of them; parks until the stream is over.
  void Serve(absl::string_view protocol, QuicStream& stream) const;

  // Agrees on one of them first.
  void Serve(QuicStream& stream) const;

 private:
  const std::shared_ptr<QuicContext> context_;
  const Identity& identity_;
  const Words words_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_SERVICES_H_
