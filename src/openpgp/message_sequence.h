// Separates the OpenPGP messages of a source, one after the other. RNP reads the first one and does
// not mention what follows. Nothing that came may be lost in this way.
#pragma once

#include <cstdint>
#include <span>

#include "base/read_buffer.h"
#include "gateway/stream.h"
#include "openpgp/armor.h"

namespace gateway::openpgp {

// Read() returns the bytes of one message, without its armor, up to its end. The lengths of its
// packets say where a message ends (RFC 4880 section 4.2): session keys, markers and padding,
// followed by one encrypted packet. A message that begins otherwise takes all that is left.
class MessageSequence : public Source {
 public:
  // `text` is armor or binary.
  explicit MessageSequence(Source& text) : binary_(text) {}

  // Moves on to the next message, or to the first one at the first call. It does not matter whether
  // the message before was read to its end. Returns false if there is no further message. Errors:
  // corrupt "openpgp-damaged" if what follows is no message; errors of the source.
  Result<bool> Next();
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  enum class State {
    packet,  // a packet's header comes next
    body,    // left_ bytes of a packet, or of a chunk of it
    chunk,   // the length of a packet's next chunk comes next
    rest,    // all that is left belongs to this message
    end,     // the message has ended
  };

  // Reads as far as one packet, or one chunk of it, reaches.
  Result<std::size_t> ReadPiece(std::span<char> buffer);
  // Reads until ready_ has at least `size` bytes, or until the end.
  Result<void> Fill(std::size_t size);
  Result<void> ReadPacketHeader();
  Result<void> ReadChunkLength();
  // Reads the length at ready_.view()[at]. Returns its own size in bytes, or 0 if there is no
  // length.
  std::size_t ReadLength(std::size_t at);
  // Marks the first `size` bytes of ready_ as headers, which pass as they are.
  void PassOn(std::size_t size) { left_of_header_ = size; }
  void EndPacket() { state_ = ends_message_ ? State::end : State::packet; }
  Result<void> DropRest();

  ArmorReader binary_;
  ReadBuffer ready_;  // read, but not passed on yet
  bool at_end_ = false;
  bool begun_ = false;
  State state_ = State::packet;
  std::size_t left_of_header_ = 0;  // bytes of ready_ to pass on before state_ counts
  std::uint64_t left_ = 0;
  bool is_partial_ = false;    // another chunk of the packet follows
  bool ends_message_ = false;  // the message ends with this packet
};

}  // namespace gateway::openpgp
