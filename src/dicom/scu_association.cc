#include "dicom/scu_association.h"

#include <netdb.h>
#include <sys/socket.h>

// clang-format off
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmnet/dul.h>
// clang-format on

#include <algorithm>

#include "dicom/address_list.h"
#include "dicom/callers.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr Milliseconds kPartingTime{1000};
constexpr Milliseconds kReleaseTime{5000};  // for the A-RELEASE-RP; nothing depends on it

// DCMTK takes "host:port" in 63 characters, so it gets an IPv4 address where there is one. An IPv6 address cannot be
// written that way: such a host is left for DCMTK to look up.
std::string AddressFor(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = AF_INET;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return host;
  const AddressList list(found);
  return AddressText(*found->ai_addr);
}

Error RejectedWith(T_ASC_Parameters* parameters, const std::string& where) {
  T_ASC_RejectParameters rejection{};
  ASC_getRejectParameters(parameters, &rejection);
  OFString text;
  ASC_printRejectParameters(text, &rejection);
  std::string detail = where + ": " + text.c_str();
  std::replace(detail.begin(), detail.end(), '\n', ' ');
  const bool transient = rejection.result == ASC_RESULT_REJECTEDTRANSIENT;
  return transient ? Transient("pacs-association-rejected", std::move(detail))
                   : Permanent("pacs-association-rejected", std::move(detail));
}

}  // namespace

ScuAssociation::ScuAssociation(PacsSettings settings) : settings_(std::move(settings)), layer_(waits_) {
  waits_.timeout = settings_.timeout;
}

ScuAssociation::~ScuAssociation() {
  Release();
}

std::string ScuAssociation::Where() const {
  return settings_.ae_title + " at " + settings_.host + " port " + std::to_string(settings_.port);
}

Result<T_ASC_PresentationContextID> ScuAssociation::Prepare(const SyntaxPair& pair) {
  // Between operations the peer has nothing to say but that it ends the association, so whatever came is that.
  if (association_ && (waits_.socket < 0 || WaitForData(waits_, Milliseconds(0)) == Wakeup::data)) TakeLeave();
  if (association_ && !contexts_.HasProposed(pair)) Release();
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
  if (condition.bad()) return Transient("out-of-resources", Text(condition));
  ASC_setTransportLayer(network, &layer_, 0);
  return handle;
}

Result<ParametersHandle> ScuAssociation::Propose() {
  T_ASC_Parameters* parameters = nullptr;
  OFCondition condition = ASC_createAssociationParameters(&parameters, ASC_MAXIMUMPDUSIZE);
  ParametersHandle handle(parameters);
  if (condition.bad()) return Transient("out-of-resources", Text(condition));
  OFStandard::strlcpy(parameters->ourImplementationClassUID, kImplementationClassUid,
                      sizeof(parameters->ourImplementationClassUID));
  OFStandard::strlcpy(parameters->ourImplementationVersionName, kImplementationVersionName,
                      sizeof(parameters->ourImplementationVersionName));
  ASC_setAPTitles(parameters, settings_.calling_ae_title.c_str(), settings_.ae_title.c_str(), nullptr);
  ASC_setTransportLayerType(parameters, OFFalse);
  const std::string address = AddressFor(settings_.host) + ":" + std::to_string(settings_.port);
  ASC_setPresentationAddresses(parameters, "localhost", address.c_str());
  condition = contexts_.ProposeIn(parameters);
  if (condition.bad()) return Transient("out-of-resources", Text(condition));
  return handle;
}

Result<void> ScuAssociation::Open() {
  if (!network_) {
    GATEWAY_ASSIGN(network_, OpenNetwork());
  }
  GATEWAY_ASSIGN(ParametersHandle parameters, Propose());
  // One for the whole process: where several PACS have several timeouts, connecting may use another's.
  dcmConnectionTimeout.set(timeout_seconds());
  waits_.deadline.reset();
  T_ASC_Association* association = nullptr;
  const OFCondition condition = ASC_requestAssociation(network_.get(), parameters.get(), &association, nullptr, nullptr,
                                                       DUL_NOBLOCK, timeout_seconds());
  AssociationHandle handle(association);
  if (association != nullptr) (void)parameters.release();  // the association's now
  if (condition.bad()) return OpeningFailure(condition, association != nullptr ? association->params : nullptr);
  association_ = std::move(handle);
  return {};
}

Error ScuAssociation::OpeningFailure(const OFCondition& condition, T_ASC_Parameters* parameters) const {
  if (condition == DUL_ASSOCIATIONREJECTED && parameters != nullptr) return RejectedWith(parameters, Where());
  const std::string detail = Where() + ": " + Text(condition);
  if (condition.code() == DULC_TCPINITERROR || condition.code() == DULC_UNKNOWNHOST) {
    return Transient("pacs-unreachable", detail);
  }
  if (waits_.timed_out || condition == DUL_READTIMEOUT) return Transient("pacs-timeout", detail);
  return Transient("pacs-association-lost", detail);
}

void ScuAssociation::Release() {
  if (!association_) return;
  waits_.SetDeadline(kReleaseTime);
  if (waits_.socket >= 0) ASC_releaseAssociation(association_.get());
  association_.reset();
}

void ScuAssociation::Abort() {
  if (!association_) return;
  waits_.SetDeadline(kPartingTime);
  if (waits_.socket >= 0) ASC_abortAssociation(association_.get());
  association_.reset();
}

// The peer has closed the connection, aborted, or asks for release.
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
  const bool timed_out = waits_.timed_out || condition == DIMSE_NODATAAVAILABLE;
  Abort();
  const std::string detail = Where() + ": " + Text(condition);
  return timed_out ? Transient("pacs-timeout", detail) : Transient("pacs-association-lost", detail);
}

}  // namespace gateway::dicom
