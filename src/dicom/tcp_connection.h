// Makes the connections of both sides of an association, with the socket options that DICOM needs
// and with waits that end.
//
// DCMTK writes the head and the body of a PDU separately, and Debian's build leaves Nagle's
// algorithm on. With a peer that delays its acknowledgements, each C-STORE then stalls for 44 ms.
// TCP_NODELAY mends our side. TCP_QUICKACK mends the peer's side; it is set again after each read,
// because the kernel drops it.
#pragma once

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>
// clang-format on

#include <functional>

#include "dicom/waits.h"

namespace gateway::dicom {

// These work on a connected socket. If they fail, that costs only speed.
void HurryUp(int socket);            // TCP_NODELAY and TCP_QUICKACK
void AcknowledgeAtOnce(int socket);  // TCP_QUICKACK, until the kernel drops it

// Implements networkDataAvailable(). DCMTK computes the rest of a time-out by the wall clock, which
// may jump. So this only heeds whether DCMTK wants to wait at all.
bool DataIsThere(Waits& waits, int seconds);

// Makes such connections. It calls `on_taken` with the socket as soon as DCMTK has handed it over;
// if that returns false, the association fails. `make_secure` makes a connection with TLS over a
// socket. Without it there is no TLS. All of these must live as long as the network.
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
