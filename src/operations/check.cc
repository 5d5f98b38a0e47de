#include "operations/check.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/authority_file.h"
#include "dicom/error_codes.h"
#include "dicom/storage_scp.h"
#include "dicom/storage_scu.h"
#include "openpgp/error_codes.h"
#include "openpgp/key_files.h"
#include "openpgp/key_owners.h"
#include "operations/host_names.h"
#include "operations/known_destinations.h"
#include "operations/operator_session.h"
#include "routing/examination.h"
#include "routing/router.h"
#include "spool/error_codes.h"
#include "spool/file_system.h"
#include "spool/spool.h"
#include "spool/state_directory.h"
#include "telemetry/events.h"

namespace gateway::operations {
namespace {

// Adds mistakes at the places of the things that they concern.
class Checker {
 public:
  explicit Checker(Checked& checked) : loaded_(checked.loaded), notes_(checked.notes) {}

  void Keys() {
    std::vector<openpgp::KeyOwner> owners;
    for (const MailboxSettings& mailbox : loaded_.settings.mailboxes) {
      const std::string whose = "mailbox " + mailbox.name;
      const auto key = openpgp::LoadMailboxKey(mailbox);
      if (key) owners.push_back(openpgp::OwnerOf(mailbox, *key));
      if (!key || key->unusable) Add(whose + " key", whose, key ? *key->unusable : key.error());
    }
    for (const PartnerSettings& partner : loaded_.settings.partners) {
      const std::string whose = "partner " + partner.name;
      const auto key = openpgp::LoadPartnerKey(partner);
      if (key) owners.push_back(openpgp::OwnerOf(partner, key->file));
      if (!key || key->unusable) {
        const Error& error = key ? *key->unusable : key.error();
        Add(whose + (Is(error, codes::kFingerprintMismatch) ? " fingerprint" : " key"), whose, error);
      } else {
        NoteWeakness(partner.name, key->file.info);
        NoteLeftOut(partner.name, key->file);
      }
    }
    for (const openpgp::SharedKey& shared : openpgp::FindSharedKeys(owners)) {
      Add(shared.whose + " key", shared.whose, shared.error);
    }
  }

  void Routes() {
    if (const auto router = routing::Router::Create(loaded_.settings.routes); !router) {
      Add("routes", "gateway", router.error());
      return;
    }
    std::vector<std::string> partners, pacs;
    for (const PartnerSettings& partner : loaded_.settings.partners) partners.push_back(partner.name);
    for (const PacsSettings& one : loaded_.settings.pacs) pacs.push_back(one.name);
    for (const routing::Finding& finding : routing::Examine(loaded_.settings.routes, partners, pacs)) {
      const auto place = loaded_.places.find(finding.place);
      notes_.push_back(DoubtfulRule{
          place == loaded_.places.end() ? "" : config::Format({place->second.file, place->second.line, {}}),
          finding.message});
    }
  }

  void Tls() {
    const auto look = [this](const std::string& place, const std::string& fallback, const Result<void>& tls) {
      // The loader has told of CAs that are not valid today.
      if (!tls && !Is(tls.error(), codes::kTlsCaExpired)) Add(place, fallback, tls.error());
    };
    look("dicom.tls", "gateway", dicom::StorageScp::CheckTls(loaded_.settings.dicom));
    for (const PacsSettings& pacs : loaded_.settings.pacs) {
      look("pacs." + pacs.name + ".tls", "pacs " + pacs.name, dicom::CheckTls(pacs));
    }
  }

  // What these files hold is allowed, but probably not what the administrator means.
  void Authorities() {
    const auto look = [this](const std::string& key, const std::filesystem::path& path) {
      if (!path.empty()) NoteAuthorities(key, path);
    };
    const Settings& settings = loaded_.settings;
    for (const MailboxSettings& mailbox : settings.mailboxes) {
      look("mailboxes." + mailbox.name + ".smtp.ca_file", mailbox.smtp.ca_file);
      look("mailboxes." + mailbox.name + ".imap.ca_file", mailbox.imap.ca_file);
    }
    if (settings.dicom.tls) look("dicom.tls.ca_file", settings.dicom.tls->ca_file);
    for (const PacsSettings& pacs : settings.pacs) {
      if (pacs.tls) look("pacs." + pacs.name + ".tls.ca_file", pacs.tls->ca_file);
    }
  }

  // Our own daemon holds the port while it runs.
  void Port() {
    const bool runs = spool::Spool::DaemonRuns(loaded_.settings.gateway.state_dir);
    if (runs) notes_.emplace_back(ServiceRuns{});
    const auto port = dicom::StorageScp::CheckPort(loaded_.settings.dicom);
    if (port) return;
    if (runs && port.error().fault == Fault::transient) {
      notes_.emplace_back(PortInUse{port.error().detail});
      return;
    }
    Add("dicom.port", "gateway", port.error());
  }

  // An unknown host is no mistake. The gateway starts all the same, and looks the name up again.
  void Hosts() {
    for (UnknownHost& host : FindUnknownHosts(loaded_.settings)) notes_.emplace_back(std::move(host));
  }

  void LogFile() {
    if (const auto good = CheckLogFile(loaded_.settings.gateway.log.file); !good) {
      Add("gateway.log.file", "gateway", good.error());
    }
  }

  void StateDirectory() {
    std::filesystem::path existing = loaded_.settings.gateway.state_dir;
    while (existing.has_relative_path() && ::access(existing.c_str(), F_OK) != 0) existing = existing.parent_path();
    if (::access(existing.c_str(), R_OK | W_OK | X_OK) != 0) {
      return Add("gateway.state_dir", "gateway",
                 Transient(codes::kStateDirUnusable, existing.string() + ": " + std::strerror(errno)));
    }
    const std::filesystem::path& state_dir = loaded_.settings.gateway.state_dir;
    if (const auto local = spool::RefuseNetwork(state_dir); !local) {
      return Add("gateway.state_dir", "gateway", local.error());
    }
    if (const auto own = spool::CheckOwnDirectory(state_dir); !own) {
      return Add("gateway.state_dir", "gateway", own.error());
    }
    if (std::string warning = spool::WarningOf(spool::FileSystemOf(state_dir)); !warning.empty()) {
      notes_.emplace_back(DoubtfulFileSystem{state_dir, std::move(warning)});
    }
  }

  // Notes what waits for a destination that the configuration no longer has, if a daemon has run
  // already.
  void Stranded() {
    OperatorSession session;
    session.settings = loaded_.settings;
    std::error_code error;
    if (!std::filesystem::exists(spool::Spool::View(session.settings.gateway.state_dir)->LedgerFile(), error)) return;
    if (!OpenState(session)) return;  // `status` says what is wrong with it
    const auto stranded = FindStranded(session.Context());
    if (!stranded) return;
    for (const ledger::Stranded& found : *stranded) notes_.emplace_back(found);
  }

 private:
  void NoteWeakness(const std::string& partner, const openpgp::KeyInfo& key) {
    constexpr unsigned kToday = 2048;
    if (key.sha1_only) notes_.emplace_back(KeyWithSha1{partner});
    if (key.bits != 0 && key.bits < kToday) {
      notes_.emplace_back(ShortKey{partner, key.bits});
    }
  }

  void NoteAuthorities(const std::string& key, const std::filesystem::path& path) {
    const Result<AuthorityFile> file = ReadAuthorityFile(path);
    if (!file) return;  // the loader has said so
    if (file->authorities == 0) notes_.emplace_back(NoAuthority{key, path});
    if (const std::size_t over = file->certificates - file->valid_today; over > 0) {
      notes_.emplace_back(CertificatesNotValid{key, path, over, file->certificates});
    }
  }

  void NoteLeftOut(const std::string& partner, const openpgp::FileKey& key) {
    for (const openpgp::SubkeyInfo& subkey : key.subkeys) {
      if (!openpgp::WhyLeftOut(subkey.state).empty()) notes_.emplace_back(SubkeyLeftOut{partner, subkey});
    }
  }

  void Add(const std::string& place, const std::string& fallback, const Error& error) {
    auto found = loaded_.places.find(place);
    if (found == loaded_.places.end()) found = loaded_.places.find(fallback);
    config::Diagnostic mistake;
    if (found != loaded_.places.end()) {
      mistake.file = found->second.file;
      mistake.line = found->second.line;
    }
    mistake.message = error.code + (error.detail.empty() ? "" : ": " + error.detail);
    mistake.may_pass = error.fault == Fault::transient;
    loaded_.mistakes.push_back(std::move(mistake));
  }

  config::Loaded& loaded_;
  std::vector<CheckNote>& notes_;
};

}  // namespace

Checked CheckConfiguration(const std::filesystem::path& file) {
  Checked checked{config::Load(file), {}};
  // Each check needs only what the loader has vouched for. So more mistakes may follow those that
  // the loader found.
  Checker checker(checked);
  if (config::HasMistakes(checked.loaded)) return checked;
  checker.Keys();
  checker.Routes();
  checker.Tls();
  checker.Authorities();
  checker.Port();
  checker.LogFile();
  checker.StateDirectory();
  checker.Hosts();
  checker.Stranded();
  return checked;
}

}  // namespace gateway::operations
