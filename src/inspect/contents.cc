#include "inspect/contents.h"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>

#include "base/ascii.h"
#include "base/files.h"
#include "dicom/character_set.h"
#include "dicom/document_object.h"
#include "dicom/error_codes.h"
#include "dicom/header_reader.h"
#include "dicom/uid_name.h"
#include "dicom/wholeness.h"
#include "gateway/rule_attributes.h"
#include "inspect/entities.h"
#include "inspect/header_checks.h"
#include "inspect/lines.h"
#include "mime/mail_format.h"

namespace gateway::inspect {
namespace {

constexpr std::size_t kMostShown = 200;  // how many parts are shown

bool IsKnownEncoding(const std::string& encoding) {
  constexpr std::array<std::string_view, 5> kKnown{"7bit", "8bit", "binary", "base64", "quoted-printable"};
  return std::find(kKnown.begin(), kKnown.end(), encoding) != kKnown.end();
}

// Returns whether an attribute tells something of the patient or the study. The institution and its
// station tell only who sends, which the mail's own header tells too. Whatever else a rule can ask
// for, and is not a code or a UID of a class, is checked.
bool TellsStudy(const RuleAttribute& attribute) {
  if (attribute.of_instance == &InstanceHeader::institution_name) return false;
  if (attribute.of_instance == &InstanceHeader::station_name) return false;
  return IsTextOfInstance(attribute) && attribute.kind != ValueKind::code_string;
}

std::string_view NameOf(dicom::DocumentKind kind) {
  switch (kind) {
    case dicom::DocumentKind::pdf:
      return "PDF";
    case dicom::DocumentKind::cda:
      return "HL7 CDA";
    case dicom::DocumentKind::jpeg:
      return "JPEG";
    case dicom::DocumentKind::png:
      return "PNG";
  }
  return "";
}

std::string WithName(const std::string& uid) {
  const std::string name = dicom::NameOfUid(uid);
  return name.empty() ? uid : uid + " (" + name + ")";
}

class Walk {
 public:
  Walk(int plain, int scratch, const OutsideFacts& outside, std::string_view default_set, Findings& findings)
      : plain_(plain), scratch_(scratch), outside_(outside), default_set_(default_set), findings_(findings) {}

  Result<Contents> Run() {
    Visitor visitor;
    visitor.enter = [this](const mime::HeaderBlock& header, const Entity& entity) { Enter(header, entity); };
    visitor.take = [this](const Entity& entity, const mime::Leaf& leaf) { return Take(entity, leaf); };
    GATEWAY_TRY(WalkEntities(plain_, mime::EntityWalker::Messages::open, visitor, findings_));
    Conclude();
    return contents_;
  }

 private:
  void Enter(const mime::HeaderBlock& header, const Entity& entity) {
    if (entity.depth == 0) {
      DescribeHeader(header, findings_.structure.Open("inside"));
      if (entity.type.type.empty()) findings_.Add(rules::kInnerNoType);
    }
    const std::string place = entity.depth == 0 ? "inside" : NextPart();
    CheckTags(header, findings_, place);
    CheckBytes(header, findings_, place);
    CheckParameters(header, findings_, place);
    if (!set_) set_ = mime::ParseSet(header);
    contents_.asks_for_receipt |= header.Count(mime::kPgpReceiptToField) > 0;
    const std::string_view raw = header.raw_fields();
    for (std::size_t lf = raw.find('\n'); lf != std::string_view::npos; lf = raw.find('\n', lf + 1)) {
      if (lf == 0 || raw[lf - 1] != '\r') bare_lf_ = true;
    }
  }

  [[nodiscard]] std::string NextPart() const { return "part " + std::to_string(parts_ + 1); }

  Result<void> Take(const Entity& entity, const mime::Leaf& leaf) {
    if (entity.is_signature) return {};
    const std::string place = NextPart();
    ++parts_;
    // Further parts are checked as well, but not shown.
    Section hidden;
    Section& section = parts_ <= kMostShown ? findings_.structure.Open("part") : hidden;
    section.Add("type", entity.type.type);
    section.Add("encoding", entity.encoding);
    section.Add("name", entity.name);
    GATEWAY_TRY(CheckEncoding(entity, leaf, place));
    GATEWAY_ASSIGN(const std::uint64_t size, Decode(leaf));
    section.Add("bytes", std::to_string(size));
    if (size == 0) {
      findings_.Add(rules::kPartEmpty, place);
      return {};
    }
    if (entity.type.type.empty() && entity.depth > 0) findings_.Add(rules::kPartType, place);
    CheckName(entity, place);
    GATEWAY_ASSIGN(const bool is_dicom, dicom::IsMeantAsDicom(scratch_, entity.type.type));
    if (is_dicom) return TakeDicom(entity, section, place);
    return TakeDocument(entity, leaf, section, place);
  }

  // Leaves the decoded part in the scratch file and returns its size in bytes.
  Result<std::uint64_t> Decode(const mime::Leaf& leaf) {
    if (::ftruncate(scratch_, 0) != 0 || ::lseek(scratch_, 0, SEEK_SET) != 0) {
      return ErrorFromErrno(errno, "truncate", "temporary file");
    }
    const std::unique_ptr<Source> source = mime::OpenDecoded(plain_, leaf.body, leaf.encoding);
    FdSink sink(scratch_);
    GATEWAY_ASSIGN(const std::uint64_t size, Copy(*source, sink));
    GATEWAY_TRY(sink.Flush());
    return size;
  }

  Result<void> CheckEncoding(const Entity& entity, const mime::Leaf& leaf, const std::string& place) {
    const std::string& encoding = entity.encoding;
    if (!encoding.empty() && !IsKnownEncoding(encoding)) findings_.Add(rules::kEncodingUnknown, place);
    if (encoding == "binary" || encoding == "8bit") findings_.Add(rules::kBinary, place);
    // Lines count only in data that stands there as it is.
    if (leaf.encoding != mime::TransferEncoding::identity || encoding == "binary") return {};
    FdSource body(plain_, leaf.body);
    GATEWAY_ASSIGN(const Lines lines, CountLines(body));
    if (lines.has_8bit && encoding != "8bit") findings_.Add(rules::kUndeclared8Bit, place);
    const bool is_text = !lines.has_8bit || encoding == "8bit";
    if (is_text && lines.longest > kLongestLine) findings_.Add(rules::kInnerLineTooLong, place);
    return {};
  }

  void CheckName(const Entity& entity, const std::string& place) {
    const std::string& name = entity.name;
    if (name.empty()) return findings_.Add(rules::kNameMissing, place);
    const bool bad = std::any_of(name.begin(), name.end(), [](char c) {
      return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (bad || name == "..") findings_.Add(rules::kNamePath, place);
    const bool is_dicom = entity.type.type == "application/dicom";
    if (is_dicom && !LowerCase(name).ends_with(".dcm")) findings_.Add(rules::kNameSuffix, place);
  }

  Result<void> TakeDicom(const Entity& entity, Section& section, const std::string& place) {
    ++dicom_parts_;
    section.Add("kind", "DICOM");
    if (entity.type.type != "application/dicom") findings_.Add(rules::kDicomType, place);
    const Result<InstanceHeader> header = dicom::ReadWholeHeader(scratch_, default_set_);
    if (!header && header.error().fault != Fault::corrupt) return header.error();
    if (!header) {
      const Rule* rule = &rules::kDicomDamaged;
      if (Is(header.error(), codes::kNotDicom)) rule = &rules::kNotDicom;
      if (Is(header.error(), codes::kDicomIncomplete)) rule = &rules::kDicomIncomplete;
      findings_.Add(*rule, place + ": " + header.error().detail);
      return {};
    }
    section.Add("sop class", WithName(header->sop_class_uid));
    section.Add("sop instance", header->sop_instance_uid);
    section.Add("study", header->study_instance_uid);
    section.Add("series", header->series_instance_uid);
    section.Add("transfer syntax", WithName(header->transfer_syntax_uid));
    if (!header->has_meta_header) findings_.Add(rules::kPreamble, place);
    studies_.insert(header->study_instance_uid);
    if (header->text_reading != TextReading::as_declared) {
      findings_.Add(rules::kTextMisdeclared, place + ": " + std::string(dicom::NameOf(header->text_reading)));
    }
    CheckPrivacy(*header, place);
    return {};
  }

  void CheckPrivacy(const InstanceHeader& header, const std::string& place) {
    constexpr std::size_t kShortest = 6;  // shorter values may be found by chance
    std::vector<std::string> secrets{header.sop_instance_uid, header.study_instance_uid, header.series_instance_uid};
    for (const RuleAttribute& attribute : kRuleAttributes) {
      if (TellsStudy(attribute)) secrets.push_back(header.*attribute.of_instance);
    }
    const bool told = std::any_of(secrets.begin(), secrets.end(), [&](const std::string& secret) {
      return secret.size() >= kShortest && outside_.text.find(secret) != std::string::npos;
    });
    if (told) findings_.Add(rules::kPatientData, place);
  }

  Result<void> TakeDocument(const Entity& entity, const mime::Leaf& leaf, Section& section, const std::string& place) {
    ++documents_;
    GATEWAY_ASSIGN(const auto kind, dicom::RecogniseDocument(scratch_, entity.type.type));
    section.Add("kind", kind ? NameOf(*kind) : "other");
    section.Add("study id", leaf.study_id);
    if (!kind) findings_.Add(rules::kDocumentUnknown, place);
    if (leaf.study_id.empty()) findings_.Add(rules::kStudyIdMissing, place);
    if (!leaf.study_id.empty()) study_ids_.insert(leaf.study_id);
    return {};
  }

  void Conclude() {
    if (parts_ == 0) findings_.Add(rules::kNoParts);
    if (parts_ > kMostShown) {
      findings_.structure.Open("more parts").Add("not shown", std::to_string(parts_ - kMostShown));
    }
    if (bare_lf_) findings_.Add(rules::kInnerLineEnds);
    if (dicom_parts_ > 0 && documents_ > 0) findings_.Add(rules::kMixedMail);
    for (const std::string& id : study_ids_) {
      if (!studies_.empty() && !studies_.contains(id)) findings_.Add(rules::kStudyIdDiffers);
    }
    if (!set_) findings_.Add(rules::kInnerSetMissing);
    if (!set_ || !outside_.set) return;
    const TelemedicineSet& outer = *outside_.set;
    if (outer.id != set_->id || outer.part != set_->part || outer.total != set_->total) {
      findings_.Add(rules::kSetDiffers, Format(outer) + " outside, " + Format(*set_) + " inside");
    }
  }

  const int plain_;
  const int scratch_;
  const OutsideFacts& outside_;
  const std::string_view default_set_;
  Findings& findings_;
  Contents contents_;
  std::optional<TelemedicineSet> set_;
  bool bare_lf_ = false;
  std::size_t parts_ = 0;
  std::size_t dicom_parts_ = 0;
  std::size_t documents_ = 0;
  std::set<std::string> studies_;
  std::set<std::string> study_ids_;
};

}  // namespace

Result<Contents> InspectContents(int plain, int scratch, const OutsideFacts& outside, std::string_view default_set,
                                 Findings& findings) {
  return Walk(plain, scratch, outside, default_set, findings).Run();
}

}  // namespace gateway::inspect
