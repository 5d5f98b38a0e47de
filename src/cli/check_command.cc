#include "cli/check_command.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "base/authority_file.h"
#include "cli/exit_codes.h"
#include "cli/host_notes.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/stranded.h"
#include "config/loader.h"
#include "dicom/error_codes.h"
#include "dicom/storage_scp.h"
#include "dicom/storage_scu.h"
#include "openpgp/error_codes.h"
#include "openpgp/key_files.h"
#include "openpgp/key_owners.h"
#include "operations/known_destinations.h"
#include "routing/router.h"
#include "spool/error_codes.h"
#include "spool/file_system.h"
#include "spool/spool.h"
#include "spool/state_directory.h"
#include "telemetry/events.h"

namespace gateway::cli {
namespace {

// Adds mistakes at the places of the things that they concern.
class Checker {
 public:
  explicit Checker(config::Loaded& loaded) : loaded_(loaded) {}

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
    if (runs) notes_.emplace_back("note: the service is running; what was checked here counts from its next start");
    const auto port = dicom::StorageScp::CheckPort(loaded_.settings.dicom);
    if (port) return;
    if (runs && port.error().fault == Fault::transient) {
      notes_.push_back("note: dicom.port: " + port.error().detail +
                       "; the running service holds its port, so that this is no mistake unless you changed the port");
      return;
    }
    Add("dicom.port", "gateway", port.error());
  }

  // An unknown host is no mistake. The gateway starts all the same, and looks the name up again.
  void Hosts() { std::ranges::move(NotesOfHosts(loaded_.settings), std::back_inserter(notes_)); }

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
    if (const std::string warning = spool::WarningOf(spool::FileSystemOf(state_dir)); !warning.empty()) {
      notes_.push_back("warning: gateway.state_dir " + state_dir.string() + ": " + warning);
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
    const auto stranded =
        ledger::Destinations(*session.database).FindStranded(operations::DestinationsOf(session.settings));
    if (!stranded) return;
    for (const ledger::Stranded& found : *stranded) notes_.push_back(TextOf(found));
  }

  // Returns what the configuration allows, but a person should know.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  void NoteWeakness(const std::string& partner, const openpgp::KeyInfo& key) {
    constexpr unsigned kToday = 2048;
    if (key.sha1_only) notes_.push_back("note: partner " + partner + ": its key rests on self-signatures with SHA-1");
    if (key.bits != 0 && key.bits < kToday) {
      notes_.push_back("note: partner " + partner + ": its key has " + std::to_string(key.bits) + " bits");
    }
  }

  void NoteAuthorities(const std::string& key, const std::filesystem::path& path) {
    const Result<AuthorityFile> file = ReadAuthorityFile(path);
    if (!file) return;  // the loader has said so
    const std::string where = key + " " + path.string() + ": ";
    if (file->authorities == 0) {
      notes_.push_back("warning: " + where +
                       "no certificate in it is that of a CA, so it vouches for no other certificate");
    }
    if (const std::size_t over = file->certificates - file->valid_today; over > 0) {
      notes_.push_back("warning: " + where + std::to_string(over) + " of its " + std::to_string(file->certificates) +
                       " certificates " + (over == 1 ? "is" : "are") + " not valid today");
    }
  }

  void NoteLeftOut(const std::string& partner, const openpgp::FileKey& key) {
    for (const openpgp::SubkeyInfo& subkey : key.subkeys) {
      if (const std::string_view why = openpgp::WhyLeftOut(subkey.state); !why.empty()) {
        notes_.push_back("partner " + partner + ": a subkey of its key is not used: " + subkey.algorithm + ", " +
                         (subkey.fingerprint.empty() ? "" : subkey.fingerprint + ", ") + std::string(why));
      }
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
  std::vector<std::string> notes_;
};

std::string Count(std::ptrdiff_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// A fault that may pass by itself is no mistake in the configuration, and does not count as one.
int TellMistakes(const config::Loaded& loaded) {
  for (const config::Diagnostic& found : loaded.mistakes) Err() << config::Format(found) << "\n";
  const std::ptrdiff_t away = std::count_if(loaded.mistakes.begin(), loaded.mistakes.end(),
                                            [](const config::Diagnostic& found) { return found.may_pass; });
  const std::ptrdiff_t mistakes = static_cast<std::ptrdiff_t>(loaded.mistakes.size()) - away;
  if (mistakes > 0) Err() << Count(mistakes, "mistake", "mistakes") << "\n";
  if (away > 0) {
    Err() << Count(away, "thing is", "things are")
          << " not there or not free now, and may be so later without a change of the configuration\n";
  }
  return mistakes > 0 ? kExitConfig : kExitFailure;
}

void PrintSummary(const Settings& settings) {
  Out() << "configuration of " << settings.gateway.name << " is good\n"
        << "  listens on     " << settings.dicom.bind << ":" << settings.dicom.port << " as " << settings.dicom.ae_title
        << ", " << settings.dicom.callers.size() << " callers\n"
        << "  mailboxes      " << settings.mailboxes.size() << "\n"
        << "  partners       " << settings.partners.size() << "\n"
        << "  PACS           " << settings.pacs.size() << "\n"
        << "  outbound rules " << settings.routes.outbound.size() << "\n"
        << "  inbound rules  " << settings.routes.inbound.size() << "\n";
}

}  // namespace

int Check(const std::filesystem::path& config) {
  config::Loaded loaded = config::Load(config);
  // Each check needs only what the loader has vouched for. So more mistakes may follow those that
  // the loader found.
  Checker checker(loaded);
  if (!config::HasMistakes(loaded)) {
    checker.Keys();
    checker.Routes();
    checker.Tls();
    checker.Authorities();
    checker.Port();
    checker.LogFile();
    checker.StateDirectory();
    checker.Hosts();
    checker.Stranded();
  }
  if (!loaded.mistakes.empty()) return TellMistakes(loaded);
  PrintSummary(loaded.settings);
  for (const std::string& note : checker.notes()) Out() << note << "\n";
  return kExitOk;
}

}  // namespace gateway::cli
