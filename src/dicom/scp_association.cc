#include "dicom/scp_association.h"

// clang-format off
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmnet/dul.h>
// clang-format on

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "dicom/command_reader.h"
#include "dicom/error_codes.h"
#include "dicom/served_syntaxes.h"
#include "dicom/tls_connection.h"
#include "dicom/uid.h"
#include "dicom/unrecognised.h"
#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

constexpr Milliseconds kPartingTime{1000};  // for a peer to close, or to accept an A-ABORT
constexpr Milliseconds kStopGrace{5000};    // for the message that has begun when a stop comes

// Guards dcmExternalSocketHandle, with which DCMTK takes over an accepted socket.
std::mutex handoff_mutex;

T_ASC_RejectParameters Permanently(T_ASC_RejectParametersReason reason) {
  return {ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, reason};
}

// Returns our port of a connection, or 0 if nobody can tell.
std::uint16_t PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  return address.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port) : 0;
}

}  // namespace

ScpAssociation::ScpAssociation(ScpContext& context, UniqueFd socket, std::string host, bool secure)
    : context_(context),
      socket_(std::move(socket)),
      secure_(secure),
      peer_{.calling_ae = {}, .called_ae = {}, .host = std::move(host), .port = PortOf(socket_.get())},
      handoff_(handoff_mutex, std::defer_lock),
      layer_(
          waits_,
          [this](int /*socket*/) {
            (void)socket_.Detach();
            dcmExternalSocketHandle.set(-1);
            handoff_.unlock();
            return true;
          },
          [this](int handle) { return MakeTlsConnection(handle, *context_.tls, {}, waits_); }) {
  waits_.timeout = context.settings.association_timeout;
  waits_.interrupt_fd = context.stop_fd;
}

ScpAssociation::~ScpAssociation() {
  if (peer_.association != 0) context_.handler.AssociationEnded(peer_.association);
}

void ScpAssociation::Run() {
  if (!ReceiveRequest()) return;
  if (const auto rejection = FindRejection()) return Reject(*rejection);
  if (!Accept()) return;
  static std::atomic<std::uint64_t> last{0};
  peer_.association = ++last;
  NoteEnd(Serve());
}

// A peer that breaks the protocol, or goes away in the middle of an instance, leaves no other
// trace. When the gateway stops, the peer has done nothing wrong.
void ScpAssociation::NoteEnd(const std::string& how) const {
  const bool broken = !fault_.empty() || (under_way_ && how != "stopped");
  events::AssociationEnded(peer_.calling_ae, peer_.host, instances_, how, broken,
                           broken ? UidForLog(command_) : std::string_view(), fault_);
}

// DCMTK 3.6.7 accepts connections itself, unless dcmExternalSocketHandle holds one. Then
// DUL_ReceiveAssociationRQ() takes that one, and calls our transport layer before it reads the
// first byte. So this global is locked for moments only, and a peer that says nothing holds up
// nobody.
bool ScpAssociation::ReceiveRequest() {
  waits_.SetDeadline(waits_.timeout);
  handoff_.lock();
  dcmExternalSocketHandle.set(socket_.get());
  T_ASC_Network* network = nullptr;
  T_ASC_Association* association = nullptr;
  OFCondition condition = ASC_initializeNetwork(NET_ACCEPTOR, 0, kLongerThanAnyWait, &network);
  network_.reset(network);
  if (condition.good()) {
    ASC_setTransportLayer(network, &layer_, 0);
    const long max_pdu = std::clamp<long>(context_.settings.max_pdu, ASC_MINIMUMPDUSIZE, ASC_MAXIMUMPDUSIZE);
    condition = ASC_receiveAssociation(network, &association, max_pdu, nullptr, nullptr, secure_, DUL_NOBLOCK,
                                       kLongerThanAnyWait);
    association_.reset(association);
  }
  if (handoff_.owns_lock()) {  // it failed before the socket was taken
    dcmExternalSocketHandle.set(-1);
    handoff_.unlock();
  }
  waits_.deadline.reset();
  // DCMTK takes some failures to read for a request without content.
  const bool received = condition.good() && waits_.pdus.trouble().empty();
  if (!received) NoteFailedRequest();
  return received;
}

void ScpAssociation::NoteFailedRequest() {
  // A peer that comes and goes without a word is a monitor's port check.
  if (waits_.interrupted || (!waits_.timed_out && !waits_.heard_peer)) return;
  const bool tls_failed = !waits_.tls_failure.empty();
  const std::string_view trouble = waits_.pdus.trouble();
  const bool asks_too_much = trouble == "negotiation-too-long" || trouble == "too-many-contexts";
  const std::string_view reason = tls_failed      ? codes::kTlsFailed.name
                                  : asks_too_much ? trouble
                                                  : "no-association-request";
  NoteRejected(std::string(reason), waits_.tls_failure);
}

std::optional<ScpAssociation::Rejection> ScpAssociation::FindRejection() {
  std::array<char, DUL_LEN_TITLE + 1> calling{};
  std::array<char, DUL_LEN_TITLE + 1> called{};
  std::array<char, DUL_LEN_NAME + 1> application{};
  ASC_getAPTitles(association_->params, calling.data(), calling.size(), called.data(), called.size(), nullptr, 0);
  ASC_getApplicationContextName(association_->params, application.data(), application.size());
  peer_.calling_ae = TrimPadding(calling.data());
  peer_.called_ae = TrimPadding(called.data());

  if (std::string_view(application.data()) != UID_StandardApplicationContext) {
    return Rejection{Permanently(ASC_REASON_SU_APPCONTEXTNAMENOTSUPPORTED), "application-context"};
  }
  if (!context_.callers.Knows(peer_.calling_ae, peer_.host)) {
    context_.callers.LookAgainFor(peer_.calling_ae);
    return Rejection{Permanently(ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED), "calling-ae"};
  }
  if (peer_.called_ae != context_.settings.ae_title && !context_.handler.KnowsCalledAe(peer_.called_ae)) {
    return Rejection{Permanently(ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED), "called-ae"};
  }
  // Only a caller that may associate takes a slot.
  const auto full = context_.slots.Take(peer_.host, slot_);
  if (full) {
    return Rejection{{ASC_RESULT_REJECTEDTRANSIENT, ASC_SOURCE_SERVICEPROVIDER_PRESENTATION_RELATED,
                      ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED},
                     full};
  }
  return std::nullopt;
}

void ScpAssociation::NoteRejected(const std::string& reason, const std::string& detail) {
  context_.rejections.Note({peer_.calling_ae, peer_.called_ae, peer_.host, reason, detail});
}

void ScpAssociation::Reject(const Rejection& rejection) {
  ASC_rejectAssociation(association_.get(), &rejection.parameters);
  NoteRejected(rejection.reason);
  // The peer closes (PS3.8 section 9.2, state 13). If we closed first, that could destroy the
  // A-ASSOCIATE-RJ on its way.
  if (waits_.socket >= 0) waits_.ForData(kPartingTime);
}

bool ScpAssociation::Accept() {
  T_ASC_Parameters* parameters = association_->params;
  NegotiateContexts(context_.settings, parameters);
  // DCMTK does not answer titles that are empty, but PS3.8 wants 16 spaces back.
  for (char* const title : {parameters->DULparams.callingAPTitle, parameters->DULparams.calledAPTitle}) {
    if (title[0] == '\0') OFStandard::strlcpy(title, " ", DUL_LEN_TITLE + 1);
  }
  OFStandard::strlcpy(parameters->ourImplementationClassUID, kImplementationClassUid,
                      sizeof(parameters->ourImplementationClassUID));
  OFStandard::strlcpy(parameters->ourImplementationVersionName, kImplementationVersionName,
                      sizeof(parameters->ourImplementationVersionName));
  const OFCondition condition = ASC_acknowledgeAssociation(association_.get());
  if (condition.bad()) {
    NoteRejected("connection-lost");
    return false;
  }
  syntaxes_.HideIn(*parameters);
  events::AssociationAccepted(peer_.calling_ae, peer_.called_ae, peer_.host);
  return true;
}

// Returns how the association ended. Between messages a stop takes effect at once. A message that
// has begun may be finished and answered if the peer is quick.
std::string ScpAssociation::Serve() {
  while (true) {
    waits_.grace = Milliseconds(0);
    const Wakeup wakeup = waits_.ForData(waits_.timeout);
    waits_.grace = kStopGrace;
    if (wakeup != Wakeup::data) {
      Abort();
      return wakeup == Wakeup::interrupted ? "stopped" : "timed-out";
    }
    if (const OFCondition condition = ServeMessage(); condition.bad()) return End(condition);
  }
}

OFCondition ScpAssociation::ServeMessage() {
  command_ = {};
  const OFCondition received = ReceiveCommand(*association_, kLongerThanAnyWait, dataset_may_come_, command_);
  if (received.bad()) return received;
  dataset_may_come_ = !command_.has_dataset;
  switch (command_.field) {
    case DIMSE_C_ECHO_RQ:
      return AnswerEcho(*association_, command_, kLongerThanAnyWait);
    case DIMSE_C_STORE_RQ: {
      StoreOperation operation(*association_, peer_, context_.handler, syntaxes_, kLongerThanAnyWait,
                               context_.settings.default_character_set);
      under_way_ = true;
      const OFCondition answered = operation.Run(command_);
      if (operation.stored()) ++instances_;
      under_way_ = answered.bad();
      return answered;
    }
    case DIMSE_C_CANCEL_RQ:
      return EC_Normal;  // the operation has been answered already
    default:
      return RefuseUnrecognised(*association_, command_, kLongerThanAnyWait);
  }
}

std::string ScpAssociation::End(const OFCondition& condition) {
  if (condition == DUL_PEERREQUESTEDRELEASE) {
    ASC_acknowledgeRelease(association_.get());
    waits_.grace = Milliseconds(0);
    if (waits_.socket >= 0) waits_.ForData(kPartingTime);  // the peer closes
    return "released";
  }
  if (condition == DUL_PEERABORTEDASSOCIATION) return "aborted";
  const bool timed_out = waits_.timed_out;
  const bool open = waits_.socket >= 0;
  const bool stopped = waits_.interrupted;  // a stop during the farewell is not the reason
  Abort();
  if (stopped) return "stopped";
  if (const std::string_view trouble = waits_.pdus.trouble(); !trouble.empty()) {
    fault_ = Text(condition);
    return std::string(trouble);
  }
  if (timed_out) return "timed-out";
  if (!open) return "lost";
  fault_ = Text(condition);
  return "protocol-error";
}

void ScpAssociation::Abort() {
  if (waits_.socket < 0) return;
  waits_.grace = kPartingTime;
  waits_.SetDeadline(kPartingTime);
  ASC_abortAssociation(association_.get());
}

}  // namespace gateway::dicom
