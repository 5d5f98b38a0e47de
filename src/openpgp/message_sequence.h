// The OpenPGP messages of a source, one after the other. RNP reads the first and says nothing of what follows it; what
// came is not to be lost like that.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "gateway/stream.h"
#include "openpgp/armor.h"

namespace gateway::openpgp {

// Read() gives the bytes of one message, without its armor, to its end. Where a message ends is told by the lengths of
// its packets (RFC 4880 section 4.2): session keys, markers and padding, then one packet that is encrypted. One that
// begins otherwise takes all that is left.
class MessageSequence : public Source {
 public:
  // `text`: armor or binary.
  explicit MessageSequence(Source& text) : binary_(text) {}

  // Moves on to the next message, the first at the first call, whether or not the one before was read to its end.
  // False: there is no more. corrupt "openpgp-damaged": what follows is no message; errors of the source.
  Result<bool> Next();
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  enum class State {
    packet,  // a packet's header is next
    body,    // left_ bytes of a packet, or of a chunk of it
    chunk,   // the length of a packet's next chunk is next
    rest,    // all that is left belongs to this message
    end,     // of this message
  };

  // Makes at least `size` bytes stand in ready_, or as many as there are.
  Result<void> Fill(std::size_t size);
  Result<void> ReadPacketHeader();
  Result<void> ReadChunkLength();
  // The length at ready_[at]: its own size in bytes, or 0 where it is none.
  std::size_t ReadLength(std::size_t at);
  // What `size` bytes of ready_ are: headers, which are passed on as they are.
  void PassOn(std::size_t size) { left_of_header_ = size; }
  void EndPacket() { state_ = ends_message_ ? State::end : State::packet; }
  Result<void> DropRest();

  ArmorReader binary_;
  std::string ready_;  // read and not passed on
  bool at_end_ = false;
  bool begun_ = false;
  State state_ = State::packet;
  std::size_t left_of_header_ = 0;  // bytes of ready_ to pass on before state_ counts
  std::uint64_t left_ = 0;
  bool is_partial_ = false;    // another chunk of the packet follows
  bool ends_message_ = false;  // with this packet
};

}  // namespace gateway::openpgp
