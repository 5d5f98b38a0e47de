// The JSON forms of open_protocol.h.
#include <array>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "attributes/attribute_path.h"
#include "gateway/rule_attributes.h"
#include "opener/json_values.h"
#include "opener/open_protocol.h"

namespace gateway::opener {
namespace {

using nlohmann::json;
using values::Code;
using values::Count;
using values::Digest;
using values::kLongestStudyUid;
using values::Line;
using values::Lines;
using values::Matching;
using values::Nonce;
using values::Number;
using values::Printable;
using values::Uid;

template <typename T>
std::optional<T> Guarded(const std::string& text, T (*convert)(const json&)) {
  try {
    return convert(json::parse(text));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

template <typename T>
json OptionalToJson(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json SetToJson(const std::optional<TelemedicineSet>& set) {
  if (!set) return nullptr;
  return {{"id", set->id}, {"part", set->part}, {"total", set->total}};
}

std::optional<TelemedicineSet> SetFrom(const json& object) {
  if (object.is_null()) return std::nullopt;
  return TelemedicineSet{Line(object.at("id")), Count(object.at("part")), Count(object.at("total"))};
}

constexpr std::array kTextReadings{TextReading::as_declared, TextReading::misspelt, TextReading::undeclared,
                                   TextReading::unknown_term, TextReading::not_as_declared};

constexpr std::array kAttributeStates{AttributeValue::State::absent, AttributeValue::State::empty,
                                      AttributeValue::State::values, AttributeValue::State::unreadable};
constexpr std::size_t kMostValues = 256;  // of one attribute, as the header reader keeps

// A member that is absent is left out. The daemon that asked knows which ones are missing.
json AskedToJson(const AskedAttributes& asked) {
  json object = json::object();
  for (const auto& [name, value] : asked) {
    if (value.state == AttributeValue::State::absent) continue;
    object[name] = {static_cast<int>(value.state), attributes::NameOf(value.vr), value.values};
  }
  return object;
}

AskedAttributes AskedFrom(const json& object) {
  AskedAttributes asked;
  for (const auto& [name, form] : object.items()) {
    AttributeValue& value = asked[name];
    value.state = kAttributeStates.at(Number(form.at(0)));
    value.vr = attributes::VrFrom(form.at(1).get<std::string>());
    value.values = form.at(2).get<std::vector<std::string>>();
    if (value.values.size() > kMostValues) throw std::invalid_argument("too many values");
  }
  return asked;
}

json HeaderToJson(const InstanceHeader& header) {
  json texts;
  for (const RuleAttribute& attribute : kRuleAttributes) {
    if (IsTextOfInstance(attribute)) texts[std::string(attribute.key)] = header.*attribute.of_instance;
  }
  return {{"sop_class", header.sop_class_uid},
          {"sop_instance", header.sop_instance_uid},
          {"transfer_syntax", header.transfer_syntax_uid},
          {"study", header.study_instance_uid},
          {"series", header.series_instance_uid},
          {"texts", std::move(texts)},
          {"text", static_cast<int>(header.text_reading)},
          {"meta", header.has_meta_header},
          {"offset", header.dataset_offset},
          {"size", header.file_size},
          {"sha256", header.dataset_sha256},
          {"digest", header.digest},
          {"asked", AskedToJson(header.asked)}};
}

InstanceHeader HeaderFrom(const json& object) {
  InstanceHeader header;
  header.sop_class_uid = Uid(object.at("sop_class"));
  header.sop_instance_uid = Uid(object.at("sop_instance"));
  header.transfer_syntax_uid = Uid(object.at("transfer_syntax"));
  header.study_instance_uid = Uid(object.at("study"), kLongestStudyUid);
  header.series_instance_uid = Uid(object.at("series"), kLongestStudyUid);
  for (const RuleAttribute& attribute : kRuleAttributes) {
    if (IsTextOfInstance(attribute)) header.*attribute.of_instance = object.at("texts").at(std::string(attribute.key));
  }
  header.text_reading = kTextReadings.at(Number(object.at("text")));
  header.has_meta_header = object.at("meta");
  header.dataset_offset = Number(object.at("offset"));
  header.file_size = Number(object.at("size"));
  header.dataset_sha256 = Matching(object.at("sha256"), "0123456789abcdef", 64);
  header.digest = Digest(object.at("digest"));
  header.asked = AskedFrom(object.at("asked"));
  return header;
}

json SignatureToJson(const security::Signature& signature) {
  return {{"status", static_cast<int>(signature.status)},
          {"signer", signature.signer},
          {"named_key", signature.named_key},
          {"created", ToUnixMilliseconds(signature.created)},
          {"hash", signature.hash},
          {"bits", signature.bits},
          {"id", signature.id},
          {"intended", signature.intended},
          {"detached", signature.detached},
          {"any_line_ends", signature.any_line_ends}};
}

security::Signature SignatureFrom(const json& object) {
  const std::uint64_t status = Number(object.at("status"));
  security::Signature signature;
  // A number that is no status must not become a status by accident.
  signature.status = status <= static_cast<std::uint64_t>(SignatureStatus::other_error)
                         ? static_cast<SignatureStatus>(status)
                         : SignatureStatus::other_error;
  signature.signer = Line(object.at("signer"));
  signature.named_key = Line(object.at("named_key"));
  signature.created = FromUnixMilliseconds(object.at("created"));
  signature.hash = Line(object.at("hash"));
  signature.bits = Count(object.at("bits"));
  signature.id = Line(object.at("id"));
  signature.intended = Lines(object.at("intended"));
  signature.detached = object.at("detached");
  signature.any_line_ends = object.at("any_line_ends");
  return signature;
}

json SignaturesToJson(const std::vector<security::Signature>& signatures) {
  json array = json::array();
  for (const security::Signature& signature : signatures) array.push_back(SignatureToJson(signature));
  return array;
}

std::vector<security::Signature> SignaturesFrom(const json& array) {
  std::vector<security::Signature> signatures;
  signatures.reserve(array.size());
  for (const json& signature : array) signatures.push_back(SignatureFrom(signature));
  return signatures;
}

json AddressingToJson(const mime::SignedAddressing& addressing) {
  return {{"from", OptionalToJson(addressing.from)}, {"to", OptionalToJson(addressing.to)}};
}

mime::SignedAddressing AddressingFrom(const json& object) {
  mime::SignedAddressing addressing;
  if (const json& from = object.at("from"); !from.is_null()) addressing.from = Line(from);
  if (const json& to = object.at("to"); !to.is_null()) addressing.to = Lines(to);
  return addressing;
}

constexpr std::array kReportKinds{mime::ReportKind::mdn, mime::ReportKind::dsn, mime::ReportKind::bounce,
                                  mime::ReportKind::pgp};
constexpr std::array kVerdicts{
    mime::Verdict::displayed, mime::Verdict::displayed_warning, mime::Verdict::deleted_error, mime::Verdict::deleted,
    mime::Verdict::bounced,   mime::Verdict::delayed,           mime::Verdict::relayed,       mime::Verdict::other};

json MailReportToJson(const std::optional<mime::Report>& report) {
  if (!report) return nullptr;
  return {{"kind", static_cast<int>(report->kind)},
          {"verdict", static_cast<int>(report->verdict)},
          {"ids", report->message_ids},
          {"set", SetToJson(report->set)},
          {"nonce", OptionalToJson(report->nonce)},
          {"meant", AddressingToJson(report->addressing)},
          {"words", report->words}};
}

// Neither a kind nor a verdict can be guessed. So a wrong value makes the whole reply wrong.
std::optional<mime::Report> MailReportFrom(const json& object) {
  if (object.is_null()) return std::nullopt;
  mime::Report report;
  report.kind = kReportKinds.at(Number(object.at("kind")));
  report.verdict = kVerdicts.at(Number(object.at("verdict")));
  report.message_ids = Lines(object.at("ids"));
  report.set = SetFrom(object.at("set"));
  if (const json& nonce = object.at("nonce"); !nonce.is_null()) report.nonce = Nonce(nonce);
  report.addressing = AddressingFrom(object.at("meant"));
  report.words = object.at("words");
  return report;
}

json ReceiptRequestToJson(const std::optional<mime::PgpReceiptRequest>& request) {
  if (!request) return nullptr;
  return {{"to", request->to}, {"key_id", request->key_id}, {"content_id", request->content_id}};
}

std::optional<mime::PgpReceiptRequest> ReceiptRequestFrom(const json& object) {
  if (object.is_null()) return std::nullopt;
  return mime::PgpReceiptRequest{Line(object.at("to")), Line(object.at("key_id")), Line(object.at("content_id"))};
}

Error ErrorFromJson(const json& object) {
  const std::uint64_t fault = Number(object.at("fault"));
  // The worker reports faults of the mail or of the moment. The configuration is never at fault.
  return ErrorNamed(fault == static_cast<std::uint64_t>(Fault::transient) ? Fault::transient : Fault::corrupt,
                    Code(object.at("code")), Printable(object.at("detail")));
}

// What the worker reports about one part of a mail can only be the mail's fault. It reports faults
// that pass about the whole mail.
std::optional<Error> FaultOfPart(const json& object) {
  if (object.is_null()) return std::nullopt;
  Error error = ErrorFromJson(object);
  if (error.fault != Fault::corrupt) throw std::invalid_argument("a fault of the moment");
  return error;
}

json FaultToJson(const std::optional<Error>& error) {
  return error ? ToJson(*error) : json(nullptr);
}

mime::Envelope EnvelopeFromJson(const json& object) {
  mime::Envelope envelope;
  const std::uint64_t kind = Number(object.at("kind"));
  if (kind <= static_cast<std::uint64_t>(mime::MailKind::plain)) envelope.kind = static_cast<mime::MailKind>(kind);
  const std::uint64_t origin = Number(object.at("origin"));
  if (origin <= static_cast<std::uint64_t>(mime::MailOrigin::mail_server)) {
    envelope.origin = static_cast<mime::MailOrigin>(origin);
  }
  envelope.from = Line(object.at("from"));
  envelope.message_id = Line(object.at("message_id"));
  envelope.receipt_to = Line(object.at("receipt_to"));
  envelope.set = SetFrom(object.at("set"));
  if (const json& partial = object.at("partial"); !partial.is_null()) {
    envelope.partial = mime::Partial{Line(partial.at("id")), Count(partial.at("number")), Count(partial.at("total"))};
  }
  envelope.tnef = object.at("tnef");
  envelope.wrapped = object.at("wrapped");
  envelope.wrapper_from = Line(object.at("wrapper_from"));
  return envelope;
}

PartReply PartFromJson(const json& object) {
  PartReply part;
  part.file = Number(object.at("file"));
  part.leaf = {Line(object.at("content_type")), object.at("name"), Line(object.at("study_id")),
               object.at("study_id_is_of_wrapper")};
  if (object.contains("header")) part.header = HeaderFrom(object.at("header"));
  if (object.contains("error")) part.error = ErrorFromJson(object.at("error"));
  return part;
}

MessageReply MessageReplyFromJson(const json& object) {
  MessageReply reply;
  reply.opened.encrypted = object.at("encrypted");
  reply.opened.integrity_protected = object.at("integrity");
  reply.opened.compressed = object.at("compressed");
  reply.opened.recipients = Lines(object.at("recipients"));
  reply.opened.signatures = SignaturesFrom(object.at("signatures"));
  reply.error = FaultOfPart(object.at("failure"));
  reply.leftover = FaultOfPart(object.at("leftover"));
  reply.from = Line(object.at("from"));
  reply.message_id = Line(object.at("message_id"));
  reply.receipt_to = Line(object.at("receipt_to"));
  reply.outer_set = SetFrom(object.at("outer_set"));
  reply.set = SetFrom(object.at("set"));
  reply.set_is_of_wrapper = object.at("set_is_of_wrapper");
  reply.all_7bit = object.at("all_7bit");
  reply.addressing = AddressingFrom(object.at("meant"));
  reply.receipt = ReceiptRequestFrom(object.at("receipt"));
  reply.nonce = Nonce(object.at("nonce"));
  reply.report = MailReportFrom(object.at("report"));
  return reply;
}

OpenEnd EndFromJson(const json& object) {
  return {FaultOfPart(object.at("leftover"))};
}

ReportReply ReportReplyFromJson(const json& object) {
  return {MailReportFrom(object.at("report")), SignaturesFrom(object.at("signatures"))};
}

ConvertRequest ConvertRequestFromJson(const json& object) {
  return {object.at("media_type"), object.at("partner"), object.at("sha256"), object.at("title")};
}

Converted ConvertedFromJson(const json& object) {
  return {Number(object.at("file")), HeaderFrom(object.at("header"))};
}

TransformRequest TransformRequestFromJson(const json& object) {
  return {Line(object.at("date_time")), Line(object.at("source"))};
}

ReplacedReply ReplacedReplyFromJson(const json& object) {
  ReplacedReply replaced;
  for (const json& pair : object.at("pairs")) {
    replaced.pairs.push_back({Code(pair.at(0)), Line(pair.at(1)), Line(pair.at(2))});
  }
  return replaced;
}

std::optional<std::string> ShownFrom(const json& object) {
  return object.is_null() ? std::nullopt : std::optional(Printable(object));
}

DifferenceReply DifferenceReplyFromJson(const json& object) {
  DifferenceReply report;
  for (const json& difference : object.at("differences")) {
    report.differences.push_back({Line(difference.at(0)), ShownFrom(difference.at(1)), ShownFrom(difference.at(2))});
  }
  report.last = object.at("last").get<bool>();
  return report;
}

Transformed TransformedFromJson(const json& object) {
  Transformed transformed{Number(object.at("file")), std::nullopt};
  if (const json& header = object.at("header"); !header.is_null()) transformed.header = HeaderFrom(header);
  return transformed;
}

CodingReply CodingReplyFromJson(const json& object) {
  CodingReply reply;
  reply.why = Line(object.at("why"));
  reply.differs = object.at("differs").get<bool>();
  if (!object.contains("file")) return reply;
  reply.file = Number(object.at("file"));
  reply.header = HeaderFrom(object.at("header"));
  return reply;
}

DigestText DigestTextFromJson(const json& object) {
  return {Digest(object.at("digest"))};
}

}  // namespace

json ToJson(const mime::Envelope& envelope) {
  json object{{"type", "envelope"},
              {"kind", static_cast<int>(envelope.kind)},
              {"origin", static_cast<int>(envelope.origin)},
              {"from", envelope.from},
              {"message_id", envelope.message_id},
              {"receipt_to", envelope.receipt_to},
              {"set", SetToJson(envelope.set)},
              {"partial", nullptr},
              {"tnef", envelope.tnef},
              {"wrapped", envelope.wrapped},
              {"wrapper_from", envelope.wrapper_from}};
  if (envelope.partial) {
    object["partial"] = {
        {"id", envelope.partial->id}, {"number", envelope.partial->number}, {"total", envelope.partial->total}};
  }
  return object;
}

json ToJson(const PartReply& part) {
  json object{{"type", "part"},
              {"file", part.file},
              {"content_type", part.leaf.content_type},
              {"name", part.leaf.name},
              {"study_id", part.leaf.study_id},
              {"study_id_is_of_wrapper", part.leaf.study_id_is_of_wrapper}};
  if (part.header) object["header"] = HeaderToJson(*part.header);
  if (part.error) object["error"] = ToJson(*part.error);
  return object;
}

json ToJson(const MessageReply& reply) {
  return {{"type", "message"},
          {"failure", FaultToJson(reply.error)},
          {"leftover", FaultToJson(reply.leftover)},
          {"from", reply.from},
          {"message_id", reply.message_id},
          {"receipt_to", reply.receipt_to},
          {"outer_set", SetToJson(reply.outer_set)},
          {"set_is_of_wrapper", reply.set_is_of_wrapper},
          {"all_7bit", reply.all_7bit},
          {"encrypted", reply.opened.encrypted},
          {"integrity", reply.opened.integrity_protected},
          {"compressed", reply.opened.compressed},
          {"recipients", reply.opened.recipients},
          {"signatures", SignaturesToJson(reply.opened.signatures)},
          {"set", SetToJson(reply.set)},
          {"meant", AddressingToJson(reply.addressing)},
          {"receipt", ReceiptRequestToJson(reply.receipt)},
          {"nonce", reply.nonce},
          {"report", MailReportToJson(reply.report)}};
}

json ToJson(const OpenEnd& end) {
  return {{"type", "opened"}, {"leftover", FaultToJson(end.leftover)}};
}

json ToJson(const ReportReply& reply) {
  return {{"type", "report"},
          {"report", MailReportToJson(reply.report)},
          {"signatures", SignaturesToJson(reply.signatures)}};
}

json ToJson(const ConvertRequest& request) {
  return {{"type", "convert"},
          {"media_type", request.media_type},
          {"partner", request.partner},
          {"sha256", request.sha256},
          {"title", request.title}};
}

json ToJson(const Converted& converted) {
  return {{"type", "converted"}, {"file", converted.file}, {"header", HeaderToJson(converted.header)}};
}

json ToJson(const InstanceHeader& header) {
  return {{"type", "header"}, {"header", HeaderToJson(header)}};
}

json ToJson(const DigestText& digest) {
  return {{"type", "digest"}, {"digest", digest.text}};
}

json ToJson(const std::vector<AttributePath>& query) {
  json names = json::array();
  for (const AttributePath& path : query) names.push_back(attributes::Text(path));
  return {{"type", "query"}, {"paths", std::move(names)}};
}

json ToJson(const TransformRequest& request) {
  return {{"type", "transform"}, {"date_time", request.date_time}, {"source", request.source}};
}

json ToJson(const ReplacedReply& replaced) {
  json pairs = json::array();
  for (const ReplacedIdentifier& pair : replaced.pairs) pairs.push_back({pair.kind, pair.old_value, pair.new_value});
  return {{"type", "replaced"}, {"pairs", std::move(pairs)}};
}

json ToJson(const DifferenceReply& report) {
  json differences = json::array();
  for (const AttributeDifference& difference : report.differences) {
    differences.push_back({difference.path, OptionalToJson(difference.before), OptionalToJson(difference.after)});
  }
  return {{"type", "differences"}, {"differences", std::move(differences)}, {"last", report.last}};
}

json ToJson(const Transformed& transformed) {
  return {{"type", "transformed"},
          {"file", transformed.file},
          {"header", transformed.header ? HeaderToJson(*transformed.header) : json(nullptr)}};
}

json ToJson(const CodingReply& reply) {
  json object{{"type", "coded"}, {"why", reply.why}, {"differs", reply.differs}};
  if (!reply.file) return object;
  object["file"] = *reply.file;
  object["header"] = HeaderToJson(reply.header);
  return object;
}

json ToJson(const Error& error) {
  return {{"type", "error"}, {"fault", static_cast<int>(error.fault)}, {"code", error.code}, {"detail", error.detail}};
}

std::optional<mime::Envelope> EnvelopeFrom(const std::string& text) {
  return Guarded(text, &EnvelopeFromJson);
}
std::optional<PartReply> PartReplyFrom(const std::string& text) {
  return Guarded(text, &PartFromJson);
}
std::optional<MessageReply> MessageReplyFrom(const std::string& text) {
  return Guarded(text, &MessageReplyFromJson);
}
std::optional<OpenEnd> OpenEndFrom(const std::string& text) {
  return Guarded(text, &EndFromJson);
}
std::optional<ReportReply> ReportReplyFrom(const std::string& text) {
  return Guarded(text, &ReportReplyFromJson);
}
std::optional<ConvertRequest> ConvertRequestFrom(const std::string& text) {
  return Guarded(text, &ConvertRequestFromJson);
}
std::optional<Converted> ConvertedFrom(const std::string& text) {
  return Guarded(text, &ConvertedFromJson);
}
std::optional<InstanceHeader> InstanceHeaderFrom(const std::string& text) {
  return Guarded(
      text, +[](const json& object) { return HeaderFrom(object.at("header")); });
}
std::optional<DigestText> DigestTextFrom(const std::string& text) {
  return Guarded(text, &DigestTextFromJson);
}
std::optional<std::vector<AttributePath>> QueryFrom(const std::string& text) {
  return Guarded(
      text, +[](const json& object) {
        std::vector<AttributePath> query;
        for (const json& name : object.at("paths")) {
          auto path = attributes::ParsePath(name.get<std::string>());
          if (!path) throw std::invalid_argument("no attribute");
          query.push_back(std::move(path).value());
        }
        return query;
      });
}
std::optional<TransformRequest> TransformRequestFrom(const std::string& text) {
  return Guarded(text, &TransformRequestFromJson);
}
std::optional<ReplacedReply> ReplacedReplyFrom(const std::string& text) {
  return Guarded(text, &ReplacedReplyFromJson);
}
std::optional<Transformed> TransformedFrom(const std::string& text) {
  return Guarded(text, &TransformedFromJson);
}
std::optional<CodingReply> CodingReplyFrom(const std::string& text) {
  return Guarded(text, &CodingReplyFromJson);
}
std::optional<DifferenceReply> DifferenceReplyFrom(const std::string& text) {
  return Guarded(text, &DifferenceReplyFromJson);
}
std::optional<Error> ErrorFrom(const std::string& text) {
  return Guarded(text, &ErrorFromJson);
}

}  // namespace gateway::opener
