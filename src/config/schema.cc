#include "config/schema.h"

#include <cstdlib>

#include "gateway/rule_attributes.h"

namespace gateway::config {
namespace {

std::vector<std::string_view> KeysFor(AskedBy rules) {
  std::vector<std::string_view> keys;
  for (const RuleAttribute& attribute : kRuleAttributes) {
    if (attribute.asked_by == rules || attribute.asked_by == AskedBy::all_rules) keys.push_back(attribute.key);
  }
  for (const std::string_view key : {"any_of", "all_of", "not"}) keys.push_back(key);
  return keys;
}

}  // namespace

const std::vector<SectionSchema>& Schema() {
  static const std::vector<SectionSchema> schema = {
      {"",
       {"gateway", "dicom", "pacs", "mailboxes", "partners", "services", "routes", "receipts", "reception", "retry",
        "retention"}},
      {"gateway", {"name", "state_dir", "min_free_space", "fetch_free_space", "log"}},
      {"gateway.log", {"file", "level", "format"}},
      {"dicom",
       {"ae_title", "bind", "port", "tls", "max_associations", "max_associations_per_host", "callers", "quiet_period",
        "longest_wait", "unknown_sop_classes", "sop_classes", "default_character_set", "association_timeout",
        "max_pdu"}},
      {"dicom.tls", {"certificate_file", "key_file", "ca_file", "policy", "port"}},
      {"dicom.callers", {"ae_title", "blank_ae_title", "host"}},
      {"pacs.NAME",
       {"ae_title", "calling_ae_title", "host", "port", "associations", "timeout", "transfer_syntax", "tls"}},
      {"pacs.NAME.tls", {"certificate_file", "key_file", "ca_file", "policy"}},
      {"mailboxes.NAME", {"address", "aliases", "smtp", "imap", "key", "limits"}},
      {"mailboxes.NAME.limits", {"bulk", "hours"}},
      {"mailboxes.NAME.smtp",
       {"url", "tls", "ca_file", "insecure", "username", "password_file", "connections", "timeout", "reply_timeout",
        "null_sender"}},
      {"mailboxes.NAME.imap",
       {"url", "tls", "ca_file", "insecure", "username", "password_file", "folder", "folders", "idle", "poll_interval",
        "after_accept", "if_not_understood", "timeout"}},
      {"mailboxes.NAME.imap.after_accept", {"move"}},
      {"mailboxes.NAME.imap.if_not_understood", {"move"}},
      {"mailboxes.NAME.key", {"file", "passphrase_file"}},
      {"partners.NAME", {"address", "aliases", "mailbox", "key", "profile", "limits"}},
      {"partners.NAME.limits", {"bulk", "hours"}},
      {"partners.NAME.key", {"file", "fingerprint"}},
      {"partners.NAME.profile",
       {"instances_per_message", "max_message_size", "inner_encoding", "signing", "compression", "integrity",
        "receipts", "receipt_protection", "receipt_secret", "require_signature", "require_integrity",
        "accept_compressed", "accept_sha1", "min_key_bits", "subject"}},
      {"services.NAME", {"partner", "result_within", "match"}},
      {"routes", {"outbound", "inbound", "unrouted", "holidays"}},
      {"routes.d", {"outbound", "inbound", "holidays"}},
      {"routes.outbound",
       {"name", "when", "send_to", "skip", "priority", "release", "complete", "largest_study", "transcode", "edit",
        "original_attributes", "deidentify", "fallback", "window", "final"}},
      {"routes.outbound.complete", {"by", "at", "grace", "at_most", "sop_classes"}},
      {"routes.outbound.largest_study", {"instances", "bytes", "then"}},
      {"routes.outbound.fallback", {"to", "after"}},
      {"routes.outbound.window", {"from", "to", "days"}},
      {"routes.outbound.deidentify",
       {"profile", "options", "secret_file", "table", "blank", "shift", "safe_private", "words"}},
      {"routes.outbound.when", KeysFor(AskedBy::outbound_rules), true},
      {"routes.inbound",
       {"name", "when", "forward_to", "file_documents_to", "document_kinds", "document_scanner", "reidentify", "edit",
        "original_attributes", "duplicates", "fallback", "final"}},
      {"routes.inbound.fallback", {"to", "after"}},
      {"routes.inbound.when", KeysFor(AskedBy::inbound_rules), true},
      {"routes.when.OPERATORS",
       {"is", "is_any_case", "glob", "matches", "has", "at_least", "at_most", "above", "below", "from", "to", "within",
        "older_than", "exists", "empty", "not", "any_of", "all_of"}},
      {"receipts", {"send_when", "overdue_after", "resend_limit"}},
      {"reception",
       {"set_overdue_after", "fragments_expire_after", "document_timeout", "duplicate_window", "signature_max_age",
        "strangers", "each_partner", "fragments", "automatic_answers", "changed_attributes", "changed_pixels"}},
      {"reception.strangers", {"mails", "size", "age"}},
      {"reception.each_partner", {"mails", "size", "age"}},
      {"reception.fragments", {"messages", "size"}},
      {"retry", {"first", "max", "give_up_after"}},
      {"retention", {"sent", "delivered", "rows"}},
  };
  return schema;
}

const std::vector<SectionSchema>& SchemaOfRouteTests() {
  static const std::vector<SectionSchema> schema = {
      {"routes test.file", {"tests"}},
      {"routes test",
       {"name", "file", "attributes", "partner", "set", "mail_priority", "service", "calling_ae", "called_ae", "caller",
        "port", "instances", "bytes", "at", "expect"}},
      {"routes test.attributes", {}, true},
      {"routes test.expect", {"rules", "targets", "fallbacks", "priority", "skipped", "edits"}},
      {"routes test.expect.edits", {}, true},
  };
  return schema;
}

namespace {

// The table of pixels is a file of its own, which docs/deidentification.md describes.
const std::vector<SectionSchema>& PixelTableSchema() {
  static const std::vector<SectionSchema> schema = {
      {"pixels", {"images"}},
      {"pixels.images", {"match", "blank", "clean", "refuse"}},
      {"pixels.images.match", {"manufacturer", "model", "modality", "sop_class", "image_type", "columns", "rows"}},
      {"pixels.images.blank", {"x", "y", "width", "height"}},
  };
  return schema;
}

}  // namespace

const SectionSchema& SchemaOf(std::string_view section) {
  for (const auto* const schemas : {&Schema(), &SchemaOfRouteTests(), &PixelTableSchema()}) {
    for (const SectionSchema& schema : *schemas) {
      if (schema.name == section) return schema;
    }
  }
  std::abort();  // a defect: a reader asks for a section that the table lacks
}

}  // namespace gateway::config
