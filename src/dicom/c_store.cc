#include "dicom/c_store.h"

#include <fcntl.h>
#include <unistd.h>

// clang-format off
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmnet/cond.h>
// clang-format on

#include <cerrno>
#include <optional>

#include "base/files.h"
#include "dicom/error_codes.h"
#include "dicom/header_reader.h"
#include "dicom/meta_header.h"
#include "dicom/pdv_reader.h"
#include "dicom/uid.h"
#include "dicom/wholeness.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

// Statuses of PS3.7 annex C.
constexpr unsigned kInvalidSopInstance = 0x0117;
constexpr unsigned kMistypedArgument = 0x0212;

constexpr std::size_t kLongestUid = 64;  // PS3.5 section 9.1

// Writes the bytes of a data set to its file. After an error it takes the rest and forgets it,
// because the peer must have sent everything before it can be answered.
class DatasetFile {
 public:
  DatasetFile(int fd, StorageHandler& handler) : fd_(fd), handler_(handler) {}
  void Append(std::string_view bytes) {
    if (written_) written_ = Write(bytes);
  }
  // Returns the first error.
  [[nodiscard]] const Result<void>& written() const { return written_; }

 private:
  // Nobody knows how long a data set will be, and it shares the disk with others. So the handler is
  // asked after this many bytes.
  static constexpr std::uint64_t kBetweenChecks = 4 * 1024 * 1024;

  Result<void> Write(std::string_view bytes) {
    unchecked_ += bytes.size();
    if (unchecked_ >= kBetweenChecks) {
      unchecked_ = 0;
      if (const Result<void> room = handler_.MayGrow(); !room) {
        // The rest still comes, for as long as the sender likes. Freeing the space now lets other
        // associations go on.
        [[maybe_unused]] const int emptied = ::ftruncate(fd_, 0);
        return room;
      }
    }
    return WriteAll(fd_, bytes);
  }

  int fd_;
  StorageHandler& handler_;
  std::uint64_t unchecked_ = 0;  // bytes since the handler was asked
  Result<void> written_;
};

// The handler may have created the file already.
Result<UniqueFd> OpenForWriting(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return ErrorFromErrno(errno, "create", file);
  return UniqueFd(fd);
}

bool FillUid(const std::string& uid, DIC_UI& target) {
  if (uid.empty() || uid.size() > kLongestUid) return false;
  OFStandard::strlcpy(target, uid.c_str(), sizeof(target));
  return true;
}

// Refuses an instance that was cut before it was sent to us. So its sender sees that, and not the
// partner. The pixels are not read for this, except those of a deflated data set, which is inflated
// as a whole.
Result<InstanceHeader> ReadReceived(const std::filesystem::path& file, const std::string& default_set,
                                    const AttributeQuery& query) {
  GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(file));
  GATEWAY_ASSIGN(InstanceHeader header, ReadHeader(fd.get(), default_set, query));
  GATEWAY_TRY(CheckWhole(fd.get(), header));
  return header;
}

// Trouble with our own disk is never the instance's fault, so the peer must be able to try again.
Error OurFault(const Error& error) {
  return ErrorNamed(Fault::transient, error.code, error.detail);
}

}  // namespace

const AttributeQuery& StorageHandler::Query() const {
  static const AttributeQuery nothing;
  return nothing;
}

unsigned StatusFor(const Error& error) {
  switch (error.fault) {
    case Fault::permanent:
      return STATUS_STORE_Error_DataSetDoesNotMatchSOPClass;
    case Fault::corrupt:
      return Is(error, codes::kUidTooLong) ? kInvalidSopInstance : STATUS_STORE_Error_CannotUnderstand;
    case Fault::transient:
    case Fault::config:
      break;
  }
  return STATUS_STORE_Refused_OutOfResources;
}

OFCondition StoreOperation::Run(const Command& request) {
  const Outcome outcome = Receive(request);
  if (outcome.network.bad()) return outcome.network;
  stored_ = outcome.stored.ok();
  return Answer(request, outcome);
}

StoreOperation::Outcome StoreOperation::Receive(const Command& request) {
  T_ASC_PresentationContext context{};
  if (const OFCondition found = ASC_findAcceptedPresentationContext(association_.params, request.context, &context);
      found.bad()) {
    return {.network = found, .stored = {}};
  }
  if (!request.has_dataset) {
    return {.network = EC_Normal, .stored = Corrupt(codes::kNotDicom, "no data set"), .refusal = kMistypedArgument};
  }
  if (context.abstractSyntax != request.sop_class_uid) {
    return Refuse(Permanent(codes::kSopClassMismatch, "not the SOP class of the presentation context"),
                  STATUS_STORE_Refused_SOPClassNotSupported);
  }
  if (request.sop_instance_uid.size() > kLongestUid) {
    return Refuse(Permanent(codes::kUidTooLong, "the SOP Instance UID has " +
                                                    std::to_string(request.sop_instance_uid.size()) + " characters"),
                  kInvalidSopInstance);
  }
  const auto file = handler_.NewFile();
  if (!file) return Refuse(file.error(), StatusFor(file.error()));
  return ReceiveInto(*file, request, context);
}

StoreOperation::Outcome StoreOperation::Refuse(Error error, unsigned status) {
  return {.network = DrainDataset(association_, timeout_seconds_), .stored = std::move(error), .refusal = status};
}

StoreOperation::Outcome StoreOperation::ReceiveInto(const std::filesystem::path& file, const Command& request,
                                                    const T_ASC_PresentationContext& context) {
  const auto fd = OpenForWriting(file);
  if (!fd) {
    handler_.Discard(file);
    return Refuse(OurFault(fd.error()), STATUS_STORE_Refused_OutOfResources);
  }
  DatasetFile dataset(fd->get(), handler_);
  dataset.Append(
      Encode({.sop_class_uid = request.sop_class_uid,
              .sop_instance_uid = request.sop_instance_uid,
              .transfer_syntax_uid = syntaxes_.NameOf(context.presentationContextID, context.acceptedTransferSyntax),
              .source_ae = peer_.calling_ae}));
  const DatasetRead read = ReadDataset(association_, timeout_seconds_, request.context,
                                       [&](std::string_view bytes) { dataset.Append(bytes); });
  if (read.network.bad() || read.strayed || !dataset.written()) {
    handler_.Discard(file);
    if (!dataset.written()) return {.network = read.network, .stored = OurFault(dataset.written().error())};
    return {.network = read.network,
            .stored = Corrupt(codes::kDicomDamaged, "the data set came in another presentation context")};
  }
  DurablePoint("scp.received");
  return {.network = EC_Normal, .stored = HandOver(file, request)};
}

Result<void> StoreOperation::HandOver(const std::filesystem::path& file, const Command& request) {
  auto header = ReadReceived(file, default_set_, handler_.Query());
  if (!header) {
    handler_.Discard(file);
    return header.error().fault == Fault::corrupt ? header.error() : OurFault(header.error());
  }
  if (header->sop_class_uid != request.sop_class_uid || header->sop_instance_uid != request.sop_instance_uid) {
    handler_.Discard(file);
    return Permanent(codes::kIdentityMismatch, "the data set is another SOP instance than the command's");
  }
  return handler_.Store({.file = file,
                         .header = *std::move(header),
                         .calling_ae = peer_.calling_ae,
                         .called_ae = peer_.called_ae,
                         .host = peer_.host,
                         .port = peer_.port,
                         .association = peer_.association});
}

OFCondition StoreOperation::Answer(const Command& request, const Outcome& outcome) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_C_STORE_RSP;
  T_DIMSE_C_StoreRSP& response = message.msg.CStoreRSP;
  DcmDataset detail;
  if (!outcome.stored) {
    const Error& error = outcome.stored.error();
    const unsigned status = outcome.refusal != 0 ? outcome.refusal : StatusFor(error);
    response.DimseStatus = static_cast<DIC_US>(status);
    // Only the code goes to the peer, because details name spool files.
    detail.putAndInsertString(DCM_ErrorComment, error.code.substr(0, 64).c_str());
    events::InstanceRefused(peer_.calling_ae, peer_.called_ae, UidForLog(request), status, error);
  }
  response.MessageIDBeingRespondedTo = request.message_id;
  response.DataSetType = DIMSE_DATASET_NULL;
  // Both UIDs are optional (PS3.7 table 9.1-1). One that is missing or too long cannot be repeated.
  if (FillUid(request.sop_class_uid, response.AffectedSOPClassUID)) response.opts |= O_STORE_AFFECTEDSOPCLASSUID;
  if (FillUid(request.sop_instance_uid, response.AffectedSOPInstanceUID)) {
    response.opts |= O_STORE_AFFECTEDSOPINSTANCEUID;
  }
  const OFCondition sent =
      DIMSE_sendMessageUsingMemoryData(&association_, request.context, &message, &detail, nullptr, nullptr, nullptr);
  if (outcome.stored) DurablePoint("scp.answered");
  return sent;
}

}  // namespace gateway::dicom
