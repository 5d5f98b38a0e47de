// Reads the sections `dicom` and `pacs`.
#include <algorithm>

#include "base/ip_network.h"
#include "config/readers.h"

namespace gateway::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// Refuses a network with bits behind its prefix, which are most likely a typing error: 192.0.2.5/24
// may mean one address, or the network.
void CheckNetwork(Section& section, const std::string& host) {
  const auto network = IpNetwork::Parse(host);
  if (!network || network->WithoutHostBits() == *network) return;
  section.Mistake("host",
                  "'" + host + "' has bits behind its prefix; the network is " + network->WithoutHostBits().Text());
}

void ReadCaller(Section section, DicomSettings& dicom) {
  CallerSettings caller;
  section.Require("ae_title");
  section.Require("host");
  const Entry* const title = section.Find("ae_title");
  const bool is_text = title != nullptr && title->value->kind == YamlNode::Kind::text;
  caller.any_ae_title = is_text && title->value->text == "*";
  caller.blank_ae_title = is_text && title->value->text.empty();
  if (!caller.any_ae_title && !caller.blank_ae_title) section.Read("ae_title", caller.ae_title, AeTitle());
  section.Read("blank_ae_title", caller.blank_ae_title, YesOrNo());
  if (section.Read("host", caller.host, CallerHost())) CheckNetwork(section, caller.host);
  if (is_text && !caller.host.empty()) {
    section.draft().Take("AE title and host of a caller", title->value->text + " " + LowerCase(caller.host),
                         section.path(), section.line());
  }
  section.draft().Mark("dicom.callers " + caller.host, section.LineOf("host"));
  dicom.callers.push_back(std::move(caller));
}

// Reads those defined terms of PS3.3 tables C.12-2 and C.12-5 that name the character set of a
// whole text.
Parser<std::string> CharacterSet() {
  std::vector<std::pair<std::string, std::string>> terms{
      {"ISO_IR 192", "ISO_IR 192"}, {"GB18030", "GB18030"}, {"GBK", "GBK"}};
  for (const char* number : {"6", "100", "101", "109", "110", "144", "127", "126", "138", "148", "203", "13", "166"}) {
    const std::string term = std::string("ISO_IR ") + number;
    terms.emplace_back(term, term);
  }
  return OneOf<std::string>(std::move(terms));
}

// `check` and the start find out whether the files are fit for use, because they read them.
std::optional<TlsSettings> ReadTls(Section section) {
  if (!section.present()) return std::nullopt;
  TlsSettings tls;
  section.draft().Mark(section.path(), section.line());
  section.Require("ca_file");
  section.ReadAuthorities("ca_file", tls.ca_file);
  section.ReadFile("certificate_file", tls.certificate_file);
  section.ReadSecretFile("key_file", tls.key_file);
  section.Read(
      "policy", tls.policy,
      OneOf<TlsPolicy>({{"modern", TlsPolicy::modern}, {"bsi", TlsPolicy::bsi}, {"legacy", TlsPolicy::legacy}}));
  return tls;
}

void ReadScpTls(Section section, DicomSettings& dicom) {
  dicom.tls = ReadTls(section);
  if (!dicom.tls) return;
  section.Require("certificate_file");
  section.Require("key_file");
  section.Read("port", dicom.tls_port, Number<std::uint16_t>(1, 65535));
  if (dicom.tls_port == dicom.port) {
    section.Mistake("port", "is dicom.port; leave it out where that is to take TLS only");
  }
}

std::optional<TlsSettings> ReadScuTls(Section section) {
  if (section.Has("certificate_file") != section.Has("key_file")) {
    section.Mistake("certificate_file", "certificate_file and key_file belong together");
  }
  return ReadTls(section);
}

void ReadOnePacs(Section section, std::string name) {
  Settings& settings = section.draft().settings();
  PacsSettings pacs;
  section.draft().Mark("pacs " + name, section.line());
  pacs.name = std::move(name);
  pacs.calling_ae_title = settings.dicom.ae_title;
  section.Require("ae_title");
  section.Require("host");
  section.Require("port");
  section.Read("ae_title", pacs.ae_title, AeTitle());
  section.Read("calling_ae_title", pacs.calling_ae_title, AeTitle());
  section.Read("host", pacs.host, Host());
  section.Read("port", pacs.port, Number<std::uint16_t>(1, 65535));
  section.Read("associations", pacs.associations, Number<unsigned>(1, 64));
  section.Read("timeout", pacs.timeout, WholeSeconds(seconds(1), hours(1)));
  section.Read("transfer_syntax", pacs.transfer_syntax,
               OneOf<PacsSyntax>({{"as_is", PacsSyntax::as_is}, {"uncompressed", PacsSyntax::uncompressed}}));
  pacs.tls = ReadScuTls(section.Sub("tls", "pacs.NAME.tls"));
  settings.pacs.push_back(std::move(pacs));
}

// Without a setting, the longest wait grows with the quiet period, and is at least twice as long.
void ReadLongestWait(Section& section, DicomSettings& dicom) {
  dicom.longest_wait = std::max(dicom.longest_wait, 2 * dicom.quiet_period);
  section.Read("longest_wait", dicom.longest_wait, Duration(seconds(1), hours(7 * 24)));
  if (dicom.longest_wait < dicom.quiet_period) section.Mistake("longest_wait", "is shorter than dicom.quiet_period");
}

}  // namespace

void ReadDicom(Section section) {
  DicomSettings& dicom = section.draft().settings().dicom;
  section.draft().Mark("dicom.port", section.LineOf("port"));
  section.Read("ae_title", dicom.ae_title, AeTitle());
  section.Read("bind", dicom.bind, Host());
  section.Read("port", dicom.port, Number<std::uint16_t>(1, 65535));
  ReadScpTls(section.Sub("tls", "dicom.tls"), dicom);
  section.Read("max_associations", dicom.max_associations, Number<unsigned>(1, 1000));
  section.Read("max_associations_per_host", dicom.max_associations_per_host, Number<unsigned>(1, 1000));
  section.ForEachItem("callers", [&](const YamlNode& item) {
    const std::string path = "dicom.callers." + std::to_string(dicom.callers.size() + 1);
    ReadCaller({section.draft(), "dicom.callers", path, &item, item.line}, dicom);
  });
  section.Read("quiet_period", dicom.quiet_period, Duration(seconds(0), hours(24)));
  ReadLongestWait(section, dicom);
  section.Read(
      "unknown_sop_classes", dicom.unknown_sop_classes,
      OneOf<UnknownSopClasses>({{"accept", UnknownSopClasses::accept}, {"refuse", UnknownSopClasses::refuse}}));
  section.ForEachText("sop_classes", Uid().expected, [&](const YamlNode& item) {
    if (!Uid().parse(item.text)) return section.Reject(section.PathOf("sop_classes"), item, Uid().expected);
    dicom.sop_classes.push_back(item.text);
  });
  section.Read("default_character_set", dicom.default_character_set, CharacterSet());
  section.Read("association_timeout", dicom.association_timeout, WholeSeconds(seconds(1), hours(1)));
  Parser<std::uint64_t> pdu = Size(4096, 131072);
  if (std::uint64_t size = 0; section.Read("max_pdu", size, pdu)) dicom.max_pdu = static_cast<std::uint32_t>(size);
}

// Must be called after ReadDicom(), because the gateway's own AE title is the default for
// calling_ae_title.
void ReadPacs(FileDraft& draft, const YamlNode& node) {
  ForEachNamed(draft, "pacs", node, "pacs", [&](const Entry& entry) {
    ReadOnePacs({draft, "pacs.NAME", "pacs." + entry.key, entry.value.get(), entry.line}, entry.key);
  });
}

}  // namespace gateway::config
