// The socket options that DICOM needs, and waits that end, for both sides of an association.
//
// DCMTK writes a PDU's head and its body separately, and Debian's build leaves Nagle's algorithm on: against a peer
// that delays its acknowledgements each C-STORE stalls for 44 ms. TCP_NODELAY mends our side; TCP_QUICKACK, armed again
// after each read because the kernel drops it, mends the peer's.
#pragma once

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>
// clang-format on

#include <chrono>
#include <functional>
#include <optional>

#include "gateway/time.h"

namespace gateway::dicom {

// How a connection waits for its peer, and how that went. Outlives the connection, which DCMTK deletes when it likes.
// One thread.
struct Waits {
  Milliseconds timeout{30'000};                                   // for the peer's next byte, or to take ours
  std::optional<std::chrono::steady_clock::time_point> deadline;  // of all waits together
  int interrupt_fd = -1;                                          // readable: waits for the peer's bytes end at once
  bool timed_out = false;                                         // a read or write ran into timeout or deadline
  bool heard_peer = false;                                        // at least one byte came
  int socket = -1;                                                // -1 when closed

  void SetDeadline(Milliseconds from_now) { deadline = std::chrono::steady_clock::now() + from_now; }
};

enum class Wakeup { data, timeout, interrupted };  // data includes the peer's closing

// Until the peer's next byte, `limit`, the deadline, or interrupt_fd.
Wakeup WaitForData(const Waits& waits, Milliseconds limit);

// Makes such connections. `on_taken` is called as soon as DCMTK has handed over a socket. Keep both alive as long as
// the network.
class TransportLayer : public DcmTransportLayer {
 public:
  explicit TransportLayer(Waits& waits, std::function<void()> on_taken = {})
      : waits_(waits), on_taken_(std::move(on_taken)) {}
  DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool secure) override;

 private:
  Waits& waits_;
  std::function<void()> on_taken_;
};

}  // namespace gateway::dicom
