#include "dicom/scu_association.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

// clang-format off
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmnet/dul.h>
// clang-format on

#include <algorithm>

#include "base/error_codes.h"
#include "dicom/error_codes.h"
#include "dicom/foreign_syntaxes.h"
#include "dicom/pacs_connection.h"
#include "dicom/tls_connection.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr Milliseconds kStopGrace{5000};  // for the operation that has begun when a stop comes
constexpr Milliseconds kPartingTime{1000};
constexpr Milliseconds kEndingTime{5000};  // for the A-RELEASE-RP; nothing depends on it

// The error is transient whatever the PACS calls it, even permanent. A rejection does not concern
// any instance, and goes away when a person corrects the settings of the PACS or ours.
Error RejectedWith(T_ASC_Parameters* parameters, const std::string& where) {
  T_ASC_RejectParameters rejection{};
  ASC_getRejectParameters(parameters, &rejection);
  OFString text;
  ASC_printRejectParameters(text, &rejection);
  std::string detail = where + ": " + text.c_str();
  std::replace(detail.begin(), detail.end(), '\n', ' ');
  return Transient(codes::kPacsAssociationRejected, std::move(detail));
}

}  // namespace

ScuAssociation::ScuAssociation(PacsSettings settings)
    : settings_(std::move(settings)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      layer_(
          // DCMTK has connected to the doorway. Our connection to the PACS takes the place of that
          // socket.
          waits_, [this](int socket) { return ::dup3(socket_.get(), socket, O_CLOEXEC) == socket; },
          [this](int socket) { return MakeTlsConnection(socket, *tls_, settings_.host, waits_); }) {
  waits_.timeout = settings_.timeout;
  waits_.interrupt_fd = stop_.get();
  waits_.grace = kStopGrace;
}

ScuAssociation::~ScuAssociation() {
  End();
}

std::string ScuAssociation::Where() const {
  return settings_.ae_title + " at " + settings_.host + " port " + std::to_string(settings_.port);
}

Result<T_ASC_PresentationContextID> ScuAssociation::Prepare(const SyntaxPair& pair) {
  // Between operations the peer can only say that it ends the association, so any data mean that.
  if (association_ && (waits_.socket < 0 || waits_.ForData(Milliseconds(0)) == Wakeup::data)) TakeLeave();
  if (association_ && !contexts_.HasProposed(pair)) End();
  if (!association_) {
    contexts_.Add(pair);
    GATEWAY_TRY(Open());
  }
  return contexts_.Accepted(association_->params, pair);
}

Result<NetworkHandle> ScuAssociation::OpenNetwork() {
  T_ASC_Network* network = nullptr;
  const OFCondition condition = ASC_initializeNetwork(NET_REQUESTOR, 0, timeout_seconds(), &network);
  NetworkHandle handle(network);
  if (condition.bad()) return Transient(codes::kOutOfResources, Text(condition));
  ASC_setTransportLayer(network, &layer_, 0);
  return handle;
}

Result<ParametersHandle> ScuAssociation::Propose() {
  T_ASC_Parameters* parameters = nullptr;
  OFCondition condition = ASC_createAssociationParameters(&parameters, ASC_MAXIMUMPDUSIZE);
  ParametersHandle handle(parameters);
  if (condition.bad()) return Transient(codes::kOutOfResources, Text(condition));
  OFStandard::strlcpy(parameters->ourImplementationClassUID, kImplementationClassUid,
                      sizeof(parameters->ourImplementationClassUID));
  OFStandard::strlcpy(parameters->ourImplementationVersionName, kImplementationVersionName,
                      sizeof(parameters->ourImplementationVersionName));
  ASC_setAPTitles(parameters, settings_.calling_ae_title.c_str(), settings_.ae_title.c_str(), nullptr);
  ASC_setTransportLayerType(parameters, settings_.tls.has_value());
  condition = contexts_.ProposeIn(parameters);
  if (condition.bad()) return Transient(codes::kOutOfResources, Text(condition));
  return handle;
}

Result<void> ScuAssociation::Connect() {
  // The context is made anew for each association, so that a certificate can be renewed without a
  // restart.
  if (settings_.tls) {
    auto tls = MakeSslContext(*settings_.tls, TlsRole::scu);
    if (!tls) return Transient(codes::kPacsTlsFailed, tls.error().code + ": " + tls.error().detail);
    tls_ = std::move(tls).value();
  }
  waits_.grace = Milliseconds(0);
  auto socket = ConnectToPacs(settings_.host, settings_.port, waits_);
  waits_.grace = kStopGrace;
  if (!socket) return socket.error();
  socket_ = std::move(socket).value();
  return {};
}

Result<void> ScuAssociation::Open() {
  if (!network_) {
    GATEWAY_ASSIGN(network_, OpenNetwork());
  }
  GATEWAY_ASSIGN(ParametersHandle parameters, Propose());
  GATEWAY_TRY(Connect());
  GATEWAY_ASSIGN(const Doorway doorway, Doorway::Open());
  const std::string address = "127.0.0.1:" + std::to_string(doorway.port());
  ASC_setPresentationAddresses(parameters.get(), "localhost", address.c_str());
  waits_.SetDeadline(settings_.timeout);
  T_ASC_Association* association = nullptr;
  const OFCondition condition = ASC_requestAssociation(network_.get(), parameters.get(), &association, nullptr, nullptr,
                                                       DUL_NOBLOCK, timeout_seconds());
  socket_.Reset();  // DCMTK has its own descriptor of it
  // If a stop came, its deadline must stay.
  if (!waits_.interrupted) waits_.deadline.reset();
  AssociationHandle handle(association);
  if (association != nullptr) (void)parameters.release();  // they belong to the association now
  if (condition.bad()) return OpeningFailure(condition, association != nullptr ? association->params : nullptr);
  association_ = std::move(handle);
  ForeignSyntaxes().HideIn(*association_->params);
  return {};
}

Error ScuAssociation::OpeningFailure(const OFCondition& condition, T_ASC_Parameters* parameters) const {
  if (condition == DUL_ASSOCIATIONREJECTED && parameters != nullptr) return RejectedWith(parameters, Where());
  if (!waits_.tls_failure.empty()) return Transient(codes::kPacsTlsFailed, Where() + ": " + waits_.tls_failure);
  if (waits_.timed_out) {
    return Transient(codes::kPacsUnreachable, Where() + ": no answer to the association request");
  }
  // With TLS 1.3, the PACS checks our certificate after we believe the handshake to be over, and
  // its word may be lost.
  if (settings_.tls) {
    return Transient(codes::kPacsTlsFailed, Where() +
                                                ": it hung up after the handshake, as one that does not accept our "
                                                "certificate; " +
                                                Text(condition));
  }
  return Transient(codes::kPacsUnreachable, Where() + ": " + Text(condition));
}

void ScuAssociation::Stop() {
  (void)::eventfd_write(stop_.get(), 1);  // nobody reads it, so every wait sees it
}

void ScuAssociation::End() {
  if (!association_) return;
  waits_.SetDeadline(waits_.interrupted ? kPartingTime : kEndingTime);
  if (waits_.socket >= 0) ASC_releaseAssociation(association_.get());
  association_.reset();
}

void ScuAssociation::Abort() {
  if (!association_) return;
  waits_.SetDeadline(kPartingTime);
  if (waits_.socket >= 0) ASC_abortAssociation(association_.get());
  association_.reset();
}

// Handles a peer that has closed the connection, aborted, or asked for release.
void ScuAssociation::TakeLeave() {
  T_DIMSE_Message message{};
  T_ASC_PresentationContextID id = 0;
  if (waits_.socket >= 0 && DIMSE_receiveCommand(association_.get(), DIMSE_NONBLOCKING, 0, &id, &message, nullptr) ==
                                DUL_PEERREQUESTEDRELEASE) {
    ASC_acknowledgeRelease(association_.get());
    association_.reset();
  }
  Abort();
}

Error ScuAssociation::Fail(const OFCondition& condition) {
  const bool timed_out = waits_.timed_out;
  Abort();
  const std::string detail = Where() + ": " + Text(condition);
  return timed_out ? Transient(codes::kPacsTimeout, detail) : Transient(codes::kPacsAssociationLost, detail);
}

}  // namespace gateway::dicom
