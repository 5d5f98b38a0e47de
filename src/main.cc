// The commands of dicom-mail-gateway. What each does stands in src/cli; the daemon's own story in src/outbound and
// src/inbound.
#include <CLI/CLI.hpp>
#include <exception>
#include <functional>
#include <iostream>

#include "cli/check_command.h"
#include "cli/exit_codes.h"
#include "cli/keys_commands.h"
#include "cli/ledger_commands.h"
#include "cli/quarantine_commands.h"
#include "cli/run_command.h"
#include "cli/version.h"
#include "inbound/open_worker.h"

namespace {

namespace cli = gateway::cli;

constexpr int kWorkerSocket = 3;

// Options of all commands; each command reads its own.
struct Options {
  std::string config = "/etc/dicom-mail-gateway/gateway.yaml";
  bool json = false;
  std::string id;
  cli::ListOptions list;
  cli::GenerateOptions generate;
  std::vector<std::filesystem::path> key_files;
  std::filesystem::path key_file;
  std::filesystem::path out;
};

class CommandLine {
 public:
  CommandLine() : app_("Carries DICOM studies between hospitals over encrypted DICOM e-mail.") {
    app_.set_version_flag("--version", std::string(cli::kVersion));
    app_.require_subcommand(1);
    AddDaemonCommands();
    AddLedgerCommands();
    AddQuarantineCommands();
    AddKeysCommands();
    AddCommand(app_, "open-worker", "", [] { return gateway::inbound::RunOpenWorker(kWorkerSocket); })->group("");
  }

  int Run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const int code = app_.exit(error);
      return code == 0 ? cli::kExitOk : cli::kExitUsage;
    }
    return command_();
  }

 private:
  CLI::App* AddCommand(CLI::App& parent, const char* name, const char* description, std::function<int()> command) {
    CLI::App* added = parent.add_subcommand(name, description);
    added->callback([this, command = std::move(command)] { command_ = command; });
    return added;
  }

  void AddConfig(CLI::App* command) {
    command->add_option("--config", options_.config, "the configuration file")->capture_default_str();
  }
  void AddJson(CLI::App* command) { command->add_flag("--json", options_.json, "print JSON"); }
  void AddId(CLI::App* command) {
    command->add_option("ID", options_.id, "S12 a shipment, M7 a message, R9 a mail, I3 an instance, D4 a delivery")
        ->required();
  }

  void AddDaemonCommands() {
    AddConfig(
        AddCommand(app_, "run", "Run the gateway in the foreground.", [this] { return cli::Run(options_.config); }));
    AddConfig(AddCommand(app_, "check", "Check the configuration, keys included, and report every mistake.",
                         [this] { return cli::Check(options_.config); }));
  }

  void AddLedgerCommands() {
    CLI::App* status = AddCommand(app_, "status", "Count what is on its way, what arrived and what failed.",
                                  [this] { return cli::ShowStatus(options_.config, options_.json); });
    CLI::App* list = AddCommand(app_, "list", "List shipments, mails, and what failed or waits for a person.",
                                [this] { return cli::List(options_.config, options_.list, options_.json); });
    CLI::App* show = AddCommand(app_, "show", "Show all that is known of one item.",
                                [this] { return cli::Show(options_.config, options_.id, options_.json); });
    for (CLI::App* command : {status, list, show}) {
      AddConfig(command);
      AddJson(command);
    }
    list->add_option("--state", options_.list.state, "only items in this state");
    list->add_option("--kind", options_.list.kind, "only items of this kind")
        ->check(CLI::IsMember({"instances", "shipments", "messages", "mails", "deliveries"}));
    list->add_option("--limit", options_.list.limit, "at most so many, the newest")->capture_default_str();
    AddId(show);
  }

  void AddQuarantineCommands() {
    CLI::App* quarantine = app_.add_subcommand("quarantine", "What waits for a person, and what becomes of it.");
    quarantine->require_subcommand(1);
    CLI::App* list = AddCommand(*quarantine, "list", "List mails and instances in quarantine, with the reasons.",
                                [this] { return cli::QuarantineList(options_.config, options_.json); });
    CLI::App* show = AddCommand(*quarantine, "show", "Show one of them, with its file.",
                                [this] { return cli::QuarantineShow(options_.config, options_.id, options_.json); });
    CLI::App* release = AddCommand(*quarantine, "release", "Try it again, by the configuration of now.",
                                   [this] { return cli::QuarantineRelease(options_.config, options_.id); });
    CLI::App* drop = AddCommand(*quarantine, "drop", "Give it up: its files are deleted.",
                                [this] { return cli::QuarantineDrop(options_.config, options_.id); });
    for (CLI::App* command : {list, show, release, drop}) AddConfig(command);
    for (CLI::App* command : {list, show}) AddJson(command);
    for (CLI::App* command : {show, release, drop}) AddId(command);
  }

  void AddKeysCommands() {
    CLI::App* keys = app_.add_subcommand("keys", "OpenPGP keys.");
    keys->require_subcommand(1);
    CLI::App* generate = AddCommand(*keys, "generate", "Make a key pair: OUT.secret.asc and OUT.public.asc.",
                                    [this] { return cli::KeysGenerate(options_.generate); });
    generate->add_option("--user-id", options_.generate.user_id, "\"Klinikum A <gateway@klinikum-a.example>\"")
        ->required();
    generate->add_option("--out", options_.generate.out, "the files' path, without suffix")->required();
    generate->add_option("--passphrase-file", options_.generate.passphrase_file, "protects the secret key");
    generate->add_option("--valid-days", options_.generate.valid_days, "0: for ever")->capture_default_str();

    CLI::App* list = AddCommand(*keys, "list", "Show the keys in files.",
                                [this] { return cli::KeysList(options_.key_files, options_.json); });
    AddJson(list);
    list->add_option("FILE", options_.key_files, "armored OpenPGP")->required();

    CLI::App* export_command = AddCommand(*keys, "export", "Print the public part of a key file.",
                                          [this] { return cli::KeysExport(options_.key_file, options_.out); });
    export_command->add_option("FILE", options_.key_file, "armored OpenPGP")->required();
    export_command->add_option("--out", options_.out, "to this file");

    AddCommand(*keys, "fingerprint", "Print the fingerprint, to be read out to a partner.",
               [this] { return cli::KeysFingerprint(options_.key_file); })
        ->add_option("FILE", options_.key_file, "armored OpenPGP")
        ->required();
  }

  CLI::App app_;
  Options options_;
  std::function<int()> command_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    return CommandLine().Run(argc, argv);
  } catch (const std::exception& exception) {
    std::cerr << "dicom-mail-gateway: " << exception.what() << "\n";
  } catch (...) {
    std::cerr << "dicom-mail-gateway: unknown exception\n";
  }
  return cli::kExitFailure;
}
