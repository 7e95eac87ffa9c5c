#include "rehearse/tests/conformance/bad_libp2p_peers.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/multistream/multistream.h"
#include "rehearse/net/libp2p/noise/noise_channel.h"
#include "rehearse/net/libp2p/tls/testing/tls_stranger.h"
#include "rehearse/net/libp2p/tls/tls_channel.h"
#include "rehearse/net/libp2p/yamux/yamux_frame.h"
#include "rehearse/net/tcp/handshake.h"

namespace rehearse::net {
namespace {

// A line of multistream-select.
std::string Line(absl::string_view text) {
  std::string line;
  AppendCounted(absl::StrCat(text, "\n"), line);
  return line;
}

std::string Proposal(absl::string_view protocol) {
  return absl::StrCat(Line(kMultistream), Line(protocol));
}

// What is said on each layer.

std::string Frame(YamuxType type, uint16_t flags, uint32_t stream, uint32_t length) {
  std::string frame;
  YamuxHeader{type, flags, stream, length}.AppendTo(frame);
  return frame;
}

std::string Opened(uint32_t stream) {
  return Frame(YamuxType::kWindowUpdate, YamuxHeader::kSyn, stream, 0);
}

std::string Data(uint32_t stream, absl::string_view bytes) {
  return absl::StrCat(Frame(YamuxType::kData, 0, stream, static_cast<uint32_t>(bytes.size())),
                      bytes);
}

// On a stream of frames, behind the preamble.
std::string OnFrames(absl::string_view bytes) {
  return Opened(1) + Data(1, absl::StrCat(Proposal(kFramesProtocol), kTcpPreamble, bytes));
}

std::string Repeat(int times, const std::function<std::string(uint32_t)>& piece) {
  std::string all;
  for (int i = 0; i < times; ++i) all += piece(static_cast<uint32_t>(i));
  return all;
}

// Peers.

// Says one thing, at once.
class Speaker final : public BadPeer {
 public:
  explicit Speaker(std::string says) : says_(std::move(says)) {}
  std::string Begin() override { return says_; }

 private:
  const std::string says_;
};

// Says it byte by byte.
class Dripper final : public BadPeer {
 public:
  explicit Dripper(std::string says) : says_(std::move(says)) {}
  std::string Tick() override {
    return said_ < says_.size() ? std::string(1, says_[said_++]) : std::string();
  }

 private:
  const std::string says_;
  size_t said_ = 0;
};

class Leaver final : public BadPeer {
 public:
  std::string Begin() override {
    begun_ = true;
    return "";
  }
  bool leaves() const override { return begun_; }

 private:
  bool begun_ = false;
};

// Passes over the listener's lines of multistream-select: they are as long as what we proposed.
class AfterLines {
 public:
  explicit AfterLines(size_t bytes) : left_(bytes) {}
  absl::string_view Rest(absl::string_view bytes) {
    const size_t lines = std::min(left_, bytes.size());
    left_ -= lines;
    return bytes.substr(lines);
  }

 private:
  size_t left_;
};

// A TLS client of some kind, behind multistream-select.
class TlsPeer final : public BadPeer {
 public:
  TlsPeer(const char* priorities, const char* protocol, const TlsKeys* keys)
      : tls_(priorities, protocol, keys) {}

  std::string Begin() override {
    tls_.Receive("");
    return proposal_ + tls_.TakeWire();
  }
  std::string Hear(absl::string_view bytes) override {
    tls_.Receive(lines_.Rest(bytes));
    return tls_.TakeWire();
  }

 private:
  const std::string proposal_ = Proposal(kTlsProtocol);
  AfterLines lines_{proposal_.size()};
  TlsStranger tls_;
};

// Proves who it is, which is somebody else each time, and then says one thing through the channel.
class ProvenPeer final : public BadPeer {
 public:
  ProvenPeer(Entropy& entropy, std::string says)
      : identity_(Identity::Generate(entropy)),
        keys_(identity_, entropy),
        channel_(keys_, entropy, {.dialer = true}),
        says_(std::move(says)) {}

  std::string Begin() override { return proposal_ + channel_.TakeWire(); }
  std::string Hear(absl::string_view bytes) override {
    channel_.Receive(lines_.Rest(bytes)).IgnoreError();
    channel_.TakeText();
    if (channel_.peer().has_value()) channel_.Send(std::exchange(says_, {})).IgnoreError();
    return channel_.TakeWire();
  }

 private:
  const std::string proposal_ = Proposal(kNoiseProtocol);
  AfterLines lines_{proposal_.size()};
  const Identity identity_;
  const NoiseKeys keys_;
  NoiseChannel channel_;
  std::string says_;
};

template <typename Peer, typename... Args>
MakeBadPeer Make(Args... args) {
  return [args...] { return std::make_unique<Peer>(args...); };
}

}  // namespace

BadLibp2pPeers::BadLibp2pPeers(absl::Time now)
    : good_keys_(*TlsKeys::Make(identity_, entropy_, now)) {
  AddStrangers();
  AddTls(now);
  AddNoise();
  AddMuxed();
}

void BadLibp2pPeers::AddStrangers() {
  std::string giant;
  AppendUvarint(uint64_t{1} << 30, giant);
  const auto preamble = &TcpCounters::refused_preamble;
  const auto stalled = &TcpCounters::refused_stalled;
  kinds_.push_back({"Junk", Make<Speaker>(std::string(100000, '\xee')), preamble, "\"\\xee"});
  kinds_.push_back({"Http", Make<Speaker>("GET / HTTP/1.1\r\n\r\n"), preamble, "\"GET / HTTP"});
  kinds_.push_back({"GiantLine", Make<Speaker>(Line(kMultistream) + giant), preamble,
                    "a line of 1073741824 bytes"});
  kinds_.push_back(
      {"UnknownSecurity",
       Make<Speaker>(Repeat(
           20, [](uint32_t i) { return i == 0 ? Line(kMultistream) : Line("/plaintext/2.0.0"); })),
       preamble, "16"});
  kinds_.push_back({"Silent", Make<Speaker>(""), stalled, "refuse"});
  kinds_.push_back({"SlowLoris", Make<Dripper>(Proposal(kNoiseProtocol)), stalled, "refuse"});
  kinds_.push_back({"Leaver", Make<Leaver>(), &TcpCounters::lost_in_handshake, "refuse"});
}

void BadLibp2pPeers::AddTls(absl::Time now) {
  const auto add = [this](std::string name, const char* priorities, const char* protocol,
                          const TlsKeys* keys, std::string logged) {
    kinds_.push_back({std::move(name), Make<TlsPeer>(priorities, protocol, keys),
                      &TcpCounters::refused_proof, std::move(logged)});
  };
  add("Tls12", kTls12, "libp2p", good_keys_.get(), "tls: handshake");
  add("WrongAlpn", kTls13, "h2", good_keys_.get(), "tls: handshake");
  add("NoAlpn", kTls13, nullptr, good_keys_.get(), "asked for no protocol by ALPN");
  const auto add_certificate = [&](std::string name, BadCertificate bad, std::string logged) {
    bad_keys_.push_back(MakeBadTlsKeys(bad, identity_, now));
    add(std::move(name), kTls13, "libp2p", bad_keys_.back().get(), std::move(logged));
  };
  add_certificate("NoCertificate", BadCertificate::kNone, "tls: ");
  add_certificate("TwoCertificates", BadCertificate::kTwo, "showed 2 certificates");
  add_certificate("Expired", BadCertificate::kExpired, "certificate: valid from");
  add_certificate("NotYetValid", BadCertificate::kNotYetValid, "certificate: valid from");
  add_certificate("BadSelfSignature", BadCertificate::kSelfSignature, "its own key");
  add_certificate("BadHostSignature", BadCertificate::kHostSignature, "certificate");
  add_certificate("NoExtension", BadCertificate::kNoExtension, "certificate: ");
  kinds_.push_back({"TlsJunk", Make<Speaker>(Proposal(kTlsProtocol) + std::string(5000, '\xee')),
                    &TcpCounters::refused_proof, "tls: handshake"});
}

void BadLibp2pPeers::AddNoise() {
  kinds_.push_back(
      {"ShortNoise",
       Make<Speaker>(absl::StrCat(Proposal(kNoiseProtocol), absl::string_view("\0\3abc", 5))),
       &TcpCounters::refused_proof, "noise"});
}

void BadLibp2pPeers::AddMuxed() {
  const auto add = [this](std::string name, std::string says, uint64_t TcpCounters::*counter,
                          std::string logged) {
    kinds_.push_back(
        {std::move(name),
         [this, says = std::move(says)] { return std::make_unique<ProvenPeer>(entropy_, says); },
         counter, std::move(logged)});
  };
  const auto broke = &TcpCounters::broke_protocol;
  const auto streams = &TcpCounters::refused_streams;
  add("YamuxJunk", std::string(1000, '\xee'), broke, "yamux");
  add("WindowOverflow", Opened(1) + Frame(YamuxType::kData, 0, 1, (256 << 10) + 1), broke,
      "262145 bytes beyond the window");
  add("GiantFrameOfYamux", Opened(1) + Frame(YamuxType::kData, 0, 1, 1u << 30), broke,
      "1073741824 bytes beyond the window");
  add("StreamFlood", Repeat(3000, [](uint32_t i) { return Opened(2 * i + 1); }), broke,
      "goes on to open more");
  add("PingFlood",
      Repeat(200, [](uint32_t i) { return Frame(YamuxType::kPing, YamuxHeader::kSyn, 0, i); }),
      broke, "pings in a second");
  add("NumberOfOurs", Opened(2), broke, "a number of ours");
  add("JunkOnAStream", Opened(1) + Data(1, std::string(5000, '\xee')), streams, "multistream");
  add("SilentStream", Opened(1), streams, "refuse a stream");
  add("SilentStreams", Repeat(300, [](uint32_t i) { return Opened(2 * i + 1); }), streams,
      "44 more than may be open, or wait for their protocol");
  add("GiantFrame", OnFrames(absl::string_view("\0\0\0\x40", 4)), &TcpCounters::refused_frame,
      "unknown flags 64");
  add("LongFrame", OnFrames(absl::string_view("\xff\xff\xff\0", 4)), &TcpCounters::refused_frame,
      "announced 16777215 bytes");
  add("HalfFrame", OnFrames(absl::string_view("\x64\0\0\0half", 8)), &TcpCounters::refused_stalled,
      "silent within a frame");
  add("Idle", "", nullptr, "");
}

}  // namespace rehearse::net
