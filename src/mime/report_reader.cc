// ReadReport reads a report of any kind.
#include <algorithm>
#include <span>
#include <utility>

#include "base/files.h"
#include "mime/addressing_reader.h"
#include "mime/bounce_text.h"
#include "mime/entity_walker.h"
#include "mime/error_codes.h"
#include "mime/gmime_values.h"
#include "mime/header_block.h"
#include "mime/header_values.h"
#include "mime/report.h"
#include "mime/report_fields.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kMostOfAPart = 65'536;  // decoded bytes that are read
constexpr unsigned kMostEntities = 64;
constexpr std::size_t kMostTexts = 4;

bool IsNotification(const std::string& type) {
  return type == "message/disposition-notification" || type == "message/global-disposition-notification";
}
bool IsDeliveryStatus(const std::string& type) {
  return type == "message/delivery-status" || type == "message/global-delivery-status";
}
bool IsReturned(const std::string& type) {
  return type == "message/rfc822" || type == "text/rfc822-headers" || type == "message/global" ||
         type == "message/global-headers";
}

Result<std::string> ReadBeginning(int fd, const Leaf& leaf) {
  const auto source = OpenDecoded(fd, leaf.body, leaf.encoding);
  std::string text(kMostOfAPart, '\0');
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*source, text));
  text.resize(filled);
  return text;
}

// Walks through a mail or an entity, and keeps everything that may be a report.
class ReportReader {
 public:
  Result<void> Read(int fd, std::uint64_t size, const ReadLimits& limits) {
    EntityWalker walker(fd, size, limits, EntityWalker::Messages::keep,
                        [this](const HeaderBlock& header, const Leaf& entity) { return See(header, entity); });
    while (true) {
      GATEWAY_ASSIGN(const auto leaf, walker.Next());
      if (!leaf) return {};
      if (!leaf->unsigned_part) GATEWAY_TRY(Take(fd, *leaf));
    }
  }

  // Returns the most telling report that was found.
  [[nodiscard]] std::optional<Report> Conclude() const {
    if (none_) return std::nullopt;
    if (notification_) return OfNotification();
    if (status_ && status_->verdict) return OfStatus();
    if (!pgp_disposition_.empty()) return OfPgpReceipt();
    if (auto bounce = OfText()) return bounce;
    return status_ ? std::optional(OfStatus()) : std::nullopt;
  }

 private:
  // Returns false if this is no report, or has too many entities.
  bool See(const HeaderBlock& header, const Leaf& entity) {
    const std::string& type = entity.type.type;
    // A mail with any of these carries something else than a report.
    none_ |= type == "multipart/encrypted" || type == "message/partial" || type == "application/dicom";
    if (none_ || ++entities_ > kMostEntities) return false;
    if (entity.depth == 0) outer_ = header;
    addressing_.See(header, entity);
    // The header of a multipart/signed is not signed itself.
    if (entity.unsigned_part || type == "multipart/signed") return true;
    if (!set_) set_ = ParseSet(header);
    if (pgp_disposition_.empty()) {
      pgp_disposition_ = header.Value(kReportField).value_or("");
      pgp_content_id_ = MessageIdOf(header, kOriginalContentIdField);
      if (!pgp_disposition_.empty()) pgp_nonce_ = NonceOf(header);
    }
    return true;
  }

  Result<void> Take(int fd, const Leaf& leaf) {
    const std::string& type = leaf.type.type;
    const bool text = type.empty() || type == "text/plain" || type == "text/html";
    if (!(text && texts_.size() < kMostTexts) && !IsNotification(type) && !IsDeliveryStatus(type) &&
        !IsReturned(type)) {
      return {};
    }
    GATEWAY_ASSIGN(std::string content, ReadBeginning(fd, leaf));
    if (text) {
      texts_.push_back(type == "text/html" ? TextOfHtml(content) : std::move(content));
    } else if (IsNotification(type)) {
      if (!notification_) notification_ = ReadNotification(content);
    } else if (IsDeliveryStatus(type)) {
      if (!status_) status_ = ReadDeliveryStatus(content);
    } else if (!returned_) {
      content.erase(0, std::min(content.find_first_not_of("\r\n"), content.size()));
      returned_ = HeaderBlock::Parse(std::move(content), true);
    }
    return {};
  }

  [[nodiscard]] Report Begin(ReportKind kind) const {
    Report report;
    report.kind = kind;
    if (returned_) report.set = ParseSet(*returned_);
    if (!report.set) report.set = set_;
    report.addressing = addressing_.addressing();
    return report;
  }

  [[nodiscard]] std::string ReturnedId() const { return returned_ ? MessageIdOf(*returned_) : std::string(); }

  [[nodiscard]] Report OfNotification() const {
    Report report = Begin(ReportKind::mdn);
    report.verdict = notification_->disposition.verdict;
    report.words = notification_->disposition.words;
    report.nonce = notification_->nonce;
    AddId(report, notification_->original_message_id);
    AddId(report, ReturnedId());
    return report;
  }

  [[nodiscard]] Report OfPgpReceipt() const {
    Report report = Begin(ReportKind::pgp);
    const Disposition disposition = ReadDisposition(pgp_disposition_);
    report.verdict = disposition.verdict;
    report.words = disposition.words;
    report.nonce = pgp_nonce_;
    AddId(report, pgp_content_id_);
    AddId(report, ReturnedId());
    return report;
  }

  [[nodiscard]] Report OfStatus() const {
    Report report = Begin(ReportKind::dsn);
    report.verdict = status_->verdict.value_or(Verdict::other);
    report.words = status_->words;
    AddId(report, ReturnedId());
    AddId(report, status_->envelope_id);
    const BounceText text = Text();
    if (!status_->has_diagnostic) report.words = Printable(report.words + " " + text.words);
    for (const std::string& id : text.message_ids) AddId(report, id);
    AddAnsweredIds(report);
    return report;
  }

  [[nodiscard]] std::optional<Report> OfText() const {
    if (!IsOfMailServer(outer_)) return std::nullopt;
    const BounceText text = Text();
    if (!text.failed && !text.delayed) return std::nullopt;
    Report report = Begin(ReportKind::bounce);
    if (text.set && !(returned_ && ParseSet(*returned_))) report.set = text.set;
    report.verdict = text.delayed ? Verdict::delayed : Verdict::bounced;
    report.words = text.words;
    AddId(report, ReturnedId());
    for (const std::string& id : text.message_ids) AddId(report, id);
    if (IsOfMailerDaemon(outer_)) AddAnsweredIds(report);
    return report.message_ids.empty() ? std::nullopt : std::optional(std::move(report));
  }

  [[nodiscard]] BounceText Text() const {
    std::string all;
    for (const std::string& text : texts_) all.append(text).append("\n");
    return ReadBounceText(outer_.Value("Subject").value_or(""), all);
  }

  // Adds the ids that a mail server's mail says that it answers.
  void AddAnsweredIds(Report& report) const {
    AddId(report, MessageIdOf(outer_, "In-Reply-To"));
    const std::string references = outer_.Value("References").value_or("");
    const std::size_t last = references.rfind('<');
    if (last != std::string::npos) AddId(report, MessageIdIn(std::string_view(references).substr(last)));
  }

  static void AddId(Report& report, const std::string& id) {
    std::vector<std::string>& ids = report.message_ids;
    const bool known = std::find(ids.begin(), ids.end(), id) != ids.end();
    if (!id.empty() && !known && ids.size() < kMostMessageIds) ids.push_back(id);
  }

  bool none_ = false;
  unsigned entities_ = 0;
  HeaderBlock outer_;
  std::optional<TelemedicineSet> set_;  // from the report's own header
  std::string pgp_disposition_;
  std::string pgp_content_id_;
  std::optional<std::string> pgp_nonce_;
  AddressingReader addressing_;
  std::optional<Notification> notification_;
  std::optional<DeliveryStatus> status_;
  std::optional<HeaderBlock> returned_;
  std::vector<std::string> texts_;
};

}  // namespace

Result<std::optional<Report>> ReadReport(int fd, const ReadLimits& limits) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  return ReadReport(fd, size, limits);
}

Result<std::optional<Report>> ReadReport(int fd, std::uint64_t size, const ReadLimits& limits) {
  if (size > limits.opened_size) return Corrupt(codes::kMailTooLarge);
  ReportReader reader;
  GATEWAY_TRY(reader.Read(fd, size, limits));
  return reader.Conclude();
}

}  // namespace gateway::mime
