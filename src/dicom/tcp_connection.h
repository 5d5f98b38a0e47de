// The connections of both sides of an association: with the socket options that DICOM needs, and waits that end.
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

#include <functional>

#include "dicom/waits.h"

namespace gateway::dicom {

// On a connected socket. Failure costs speed only.
void HurryUp(int socket);            // TCP_NODELAY and TCP_QUICKACK
void AcknowledgeAtOnce(int socket);  // TCP_QUICKACK, until the kernel drops it

// For networkDataAvailable(). DCMTK says what is left of a timeout by the wall clock, which may jump: only whether it
// wants to wait at all is heeded.
bool DataIsThere(Waits& waits, int seconds);

// Makes such connections. `on_taken` is called with the socket as soon as DCMTK has handed it over; false makes the
// association fail. `make_secure` makes a connection with TLS over a socket; without it there is none. All must live
// as long as the network.
class TransportLayer : public DcmTransportLayer {
 public:
  using OnTaken = std::function<bool(int socket)>;
  using MakeSecure = std::function<DcmTransportConnection*(int socket)>;

  TransportLayer(Waits& waits, OnTaken on_taken, MakeSecure make_secure)
      : waits_(waits), on_taken_(std::move(on_taken)), make_secure_(std::move(make_secure)) {}
  DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool secure) override;

 private:
  Waits& waits_;
  OnTaken on_taken_;
  MakeSecure make_secure_;
};

}  // namespace gateway::dicom
