// Reads the section `partners`.
#include "config/readers.h"

namespace gateway::config {
namespace {

void ReadProfile(Section section, PartnerProfile& profile) {
  section.Read("instances_per_message", profile.instances_per_message, Number<unsigned>(1, 10'000));
  section.Read("max_message_size", profile.max_message_size, Size(64'000, 1'000'000'000));
  section.Read("inner_encoding", profile.inner_encoding,
               OneOf<InnerEncoding>({{"base64", InnerEncoding::base64}, {"binary", InnerEncoding::binary}}));
  section.Read("signing", profile.signing,
               OneOf<Signing>({{"combined", Signing::combined}, {"encapsulated", Signing::encapsulated}}));
  section.Read("compression", profile.compression,
               OneOf<Compression>({{"none", Compression::none},
                                   {"zip", Compression::zip},
                                   {"zlib", Compression::zlib},
                                   {"bzip2", Compression::bzip2}}));
  section.Read("integrity", profile.integrity, OneOf<Integrity>({{"mdc", Integrity::mdc}, {"ocb", Integrity::ocb}}));
  section.Read("receipts", profile.receipts,
               OneOf<ReceiptMode>({{"none", ReceiptMode::none}, {"mdn", ReceiptMode::mdn}, {"pgp", ReceiptMode::pgp}}));
  section.Read("receipt_protection", profile.receipt_protection,
               OneOf<ReceiptProtection>({{"none", ReceiptProtection::none},
                                         {"sign", ReceiptProtection::sign},
                                         {"encrypt", ReceiptProtection::encrypt}}));
  section.Read("receipt_secret", profile.receipt_secret,
               OneOf<ReceiptSecret>({{"learned", ReceiptSecret::learned},
                                     {"required", ReceiptSecret::required},
                                     {"ignored", ReceiptSecret::ignored}}));
  section.Read("require_signature", profile.require_signature, YesOrNo());
  section.Read("require_integrity", profile.require_integrity, YesOrNo());
  section.Read("accept_compressed", profile.accept_compressed, YesOrNo());
  section.Read("accept_sha1", profile.accept_sha1, YesOrNo());
  section.Read("min_key_bits", profile.min_key_bits, Number<unsigned>(1024, 16'384));
  section.Read("subject", profile.subject, PrintableText(128));
}

void ReadPartnerKey(Section section, PartnerSettings& partner, const std::string& owner) {
  section.draft().Mark("partner " + partner.name + " key", section.LineOf("file"));
  section.draft().Mark("partner " + partner.name + " fingerprint", section.LineOf("fingerprint"));
  section.Require("file");
  section.Require("fingerprint");
  section.ReadFile("file", partner.key_file);
  if (section.Read("fingerprint", partner.key_fingerprint, Fingerprint())) {
    section.draft().Take("fingerprint of a partner", partner.key_fingerprint, owner, section.LineOf("fingerprint"));
  }
}

void ReadPartner(Section section, const std::string& name) {
  FileDraft& draft = section.draft();
  PartnerSettings partner;
  partner.name = name;
  draft.Mark("partner " + name, section.line());
  // Another file of partners.d may name the same partner. The YAML reader only compares the keys of
  // one map.
  draft.Take("name of a partner", name, section.path(), section.line());
  section.Require("address");
  section.Require("key");
  if (section.Read("address", partner.address, MailAddress())) {
    draft.Take("address of a partner", LowerCase(partner.address), section.path(), section.LineOf("address"));
  }
  section.ForEachText("aliases", MailAddress().expected, [&](const YamlNode& item) {
    const std::optional<std::string> address = MailAddress().parse(item.text);
    if (!address) return section.Reject(section.PathOf("aliases"), item, MailAddress().expected);
    draft.Take("address of a partner", LowerCase(*address), section.path(), section.LineOf("aliases"));
    partner.aliases.push_back(*address);
  });
  Parser<std::string> mailbox{"the name of a mailbox", [](std::string_view text) { return std::string(text); }};
  if (section.Read("mailbox", partner.mailbox, mailbox)) {
    draft.Refer("mailbox", partner.mailbox, section.PathOf("mailbox"), section.LineOf("mailbox"));
  }
  if (section.Has("key")) ReadPartnerKey(section.Sub("key", "partners.NAME.key"), partner, section.path());
  ReadProfile(section.Sub("profile", "partners.NAME.profile"), partner.profile);
  ReadLimits(section.Sub("limits", "partners.NAME.limits"), partner.limits);
  draft.settings().partners.push_back(std::move(partner));
}

}  // namespace

void ReadPartners(FileDraft& draft, const YamlNode& node) {
  ForEachNamed(draft, "partners", node, "partner", [&](const Entry& entry) {
    ReadPartner({draft, "partners.NAME", "partners." + entry.key, entry.value.get(), entry.line}, entry.key);
  });
}

}  // namespace gateway::config
