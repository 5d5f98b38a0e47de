// The commands of dicom-mail-gateway and their help texts. src/cli says what each command does.
// src/outbound and src/inbound tell what the daemon does.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <sstream>
#include <vector>

#include "base/printable.h"
#include "cli/act_commands.h"
#include "cli/check_command.h"
#include "cli/exit_codes.h"
#include "cli/inspect_command.h"
#include "cli/item_examples.h"
#include "cli/keys_commands.h"
#include "cli/ledger_commands.h"
#include "cli/output.h"
#include "cli/quarantine_commands.h"
#include "cli/route_commands.h"
#include "cli/run_command.h"
#include "cli/send_commands.h"
#include "cli/service_commands.h"
#include "cli/verify_command.h"
#include "config/values.h"
#include "gateway/version.h"
#include "opener/open_worker.h"

namespace {

namespace cli = gateway::cli;

constexpr int kWorkerSocket = 3;

// The options of all commands. Each command reads its own.
struct Options {
  std::string config = "/etc/dicom-mail-gateway/gateway.yaml";
  bool json = false;
  std::string id;
  cli::ListOptions list;
  cli::SendOptions send;
  bool missing_only = false;
  cli::VerifyArguments verify;
  cli::Target target;
  cli::RedirectArguments redirect;
  cli::RedeliverArguments redeliver;
  cli::QuarantineSelection selection;
  cli::GenerateOptions generate;
  cli::InspectOptions inspect;
  cli::ExplainArguments explain;
  std::filesystem::path route_tests;
  std::vector<std::filesystem::path> key_files;
  std::filesystem::path key_file;
  std::filesystem::path out;
  std::string study_of;
};

class CommandLine {
 public:
  CommandLine() : app_("Carries DICOM studies between hospitals over encrypted DICOM e-mail.") {
    app_.set_version_flag("--version", std::string(gateway::kVersion));
    app_.require_subcommand(1);
    AddDaemonCommands();
    AddLedgerCommands();
    AddVerifyCommand();
    AddSendCommands();
    AddActCommands();
    AddQuarantineCommands();
    AddKeysCommands();
    AddInspectCommand();
    AddRouteCommands();
    AddCommand(app_, "open-worker", "", [] { return gateway::opener::RunOpenWorker(kWorkerSocket); })->group("");
    RefuseEmptyValues(app_);
  }

  int Run(int argc, char** argv) {
    if (const std::string mistake = MistakenValue({argv + std::min(argc, 1), argv + argc}); !mistake.empty()) {
      cli::Err() << "dicom-mail-gateway: " << mistake << "\n";
      return cli::kExitUsage;
    }
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (const std::string mistake = MisspeltCommand(); !mistake.empty()) {
        cli::Err() << mistake << "\n";
        return cli::kExitUsage;
      }
      std::ostringstream help;
      std::ostringstream mistake;  // quotes what was typed, perhaps a file's name
      const int code = app_.exit(error, help, mistake);
      cli::Out().Lines(help.str());
      cli::Err().Lines(mistake.str());
      return code == 0 ? cli::kExitOk : cli::kExitUsage;
    }
    return command_();
  }

 private:
  // No option has a meaning without a value, and an empty one is most likely a variable of a script
  // that is not set.
  static void RefuseEmptyValues(CLI::App& app) {
    for (CLI::Option* const option : app.get_options()) {
      if (option->get_items_expected_max() == 0) continue;
      option->check([](const std::string& text) { return text.empty() ? "the value is empty" : std::string(); });
    }
    for (CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
      RefuseEmptyValues(*command);
    }
  }

  // CLI11 takes "--json=no" for the absence of the switch, and for "--state=" it takes the next
  // word as the value. This finds such words. Empty if there are none.
  std::string MistakenValue(const std::vector<std::string>& words) const {
    for (const std::string& word : words) {
      if (word == "--") break;
      const std::size_t equals = word.find('=');
      const CLI::Option* const option = equals == std::string::npos ? nullptr : OptionOf(app_, word);
      if (option == nullptr) continue;
      const std::string name = gateway::Printable(word.substr(0, equals));
      if (option->get_items_expected_max() == 0) return name + " takes no value";
      if (equals + 1 == word.size()) return name + ": the value is empty";
    }
    return {};
  }

  // Reads a number as the configuration does (config/values.h), in digits only. CLI11 itself would
  // take 0x10 and 010, and would cut off what is too large.
  template <typename T>
  static void AddNumber(CLI::App* command, const char* name, T& target, T min, T max, const char* description) {
    const auto parser = gateway::config::Number<T>(min, max);
    command
        ->add_option_function<std::string>(
            name, [&target, parser](const std::string& text) { target = parser.parse(text).value_or(target); },
            description)
        ->check([parser](const std::string& text) {
          if (parser.parse(text)) return std::string();
          return "expected " + parser.expected + ", not '" + gateway::Printable(text) + "'";
        })
        ->type_name("NUMBER")
        ->default_str(std::to_string(target));
  }

  // For a misspelt command CLI11 only says that a subcommand is required, so this finds the word.
  // Returns nothing if no command is misspelt.
  std::string MisspeltCommand() {
    const CLI::App* innermost = &app_;
    std::string path = "dicom-mail-gateway";
    while (!innermost->get_subcommands().empty()) {
      innermost = innermost->get_subcommands().front();
      path += " " + innermost->get_name();
    }
    if (innermost->get_subcommands([](const CLI::App*) { return true; }).empty()) return {};
    bool is_value = false;  // of the option before
    for (const std::string& word : app_.remaining(true)) {
      const CLI::Option* const option = OptionOf(*innermost, word);
      const bool skip = is_value || option != nullptr;
      is_value = option != nullptr && option->get_items_expected_max() > 0 && word.find('=') == std::string::npos;
      if (skip) continue;
      return "dicom-mail-gateway: '" + gateway::Printable(word) + "' is no " +
             (word.starts_with("-") ? "option" : "command") + "; see " + path + " --help";
    }
    return {};
  }

  // The option of `app` or of one of its commands that `word` names; nullptr: there is none.
  static const CLI::Option* OptionOf(const CLI::App& app, const std::string& word) {
    if (!word.starts_with("-")) return nullptr;
    const std::string name = word.substr(0, word.find('='));
    if (const CLI::Option* const option = app.get_option_no_throw(name)) return option;
    for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
      if (const CLI::Option* const option = OptionOf(*command, name)) return option;
    }
    return nullptr;
  }

  CLI::App* AddCommand(CLI::App& parent, const char* name, const char* description, std::function<int()> command) {
    CLI::App* added = parent.add_subcommand(name, description);
    added->callback([this, command = std::move(command)] { command_ = command; });
    return added;
  }

  void AddConfig(CLI::App* command) {
    command->add_option("--config", options_.config, "the configuration file")->capture_default_str();
  }
  void AddJson(CLI::App* command) { command->add_flag("--json", options_.json, "print JSON"); }

  void AddDaemonCommands() {
    AddConfig(
        AddCommand(app_, "run", "Run the gateway in the foreground.", [this] { return cli::Run(options_.config); }));
    AddConfig(AddCommand(app_, "check", "Check the configuration and the keys, and report every error.",
                         [this] { return cli::Check(options_.config); }));
  }

  void AddLedgerCommands() {
    CLI::App* status = AddCommand(app_, "status", "Count the items on their way, arrived and failed.",
                                  [this] { return cli::ShowStatus(options_.config, options_.json); });
    CLI::App* list = AddCommand(app_, "list", "List what failed or waits for a person, then shipments and mails.",
                                [this] { return cli::List(options_.config, options_.list, options_.json); });
    CLI::App* show = AddCommand(app_, "show", "Show all that is known of one item, or where a study is.",
                                [this] { return cli::Show(options_.config, options_.id, options_.json); });
    CLI::App* services = AddCommand(app_, "services", "Show what was asked of services, and what came back.",
                                    [this] { return cli::ShowServices(options_.config, options_.json); });
    for (CLI::App* command : {status, list, show, services}) {
      AddConfig(command);
      AddJson(command);
    }
    list->add_option("--state", options_.list.state,
                     "only items in this state; \"stranded\": items for names that are not configured");
    list->add_option("--kind", options_.list.kind, "only items of this kind")
        ->check(CLI::IsMember(
            {"instances", "shipments", "messages", "mails", "deliveries", "receipts", "sets", "documents"}));
    AddNumber<std::size_t>(list, "--limit", options_.list.limit, 1, std::numeric_limits<std::int64_t>::max(),
                           "show at most this many of the newest; items that need a person are always shown");
    show->add_option("ID", options_.id, std::string(cli::kShownItems) + "; or a Study Instance UID")->required();
  }

  void AddVerifyCommand() {
    CLI::App* verify = AddCommand(app_, "verify", "Compare the ledger with the spool and with itself.", [this] {
      options_.verify.json = options_.json;
      return cli::Verify(options_.config, options_.verify);
    });
    verify->add_flag("--deep", options_.verify.deep, "read every file and compare its hash");
    AddConfig(verify);
    AddJson(verify);
  }

  void AddSendCommands() {
    CLI::App* send = AddCommand(app_, "send", "Mail files, DICOM or not, to a partner as one set.",
                                [this] { return cli::Send(options_.config, options_.send); });
    send->add_option("--to", options_.send.partner, "the name of the partner")->required();
    send->add_option("--priority", options_.send.priority, "which messages leave first")
        ->check(CLI::IsMember({"emergency", "normal", "bulk"}))
        ->capture_default_str();
    send->add_option("FILE", options_.send.files, "the files; each is one mail")->required();
    CLI::App* resend = AddCommand(app_, "resend", "Send a shipment or a message again.",
                                  [this] { return cli::Resend(options_.config, options_.id, options_.missing_only); });
    resend->add_flag("--missing", options_.missing_only, "send only the messages that have no receipt");
    resend->add_option("ID", options_.id, "S12 a shipment, M7 a message")->required();
    for (CLI::App* command : {send, resend}) AddConfig(command);
  }

  void AddActCommands() {
    CLI::App* retry = AddCommand(app_, "retry", "Try failed and waiting items again now.",
                                 [this] { return cli::Retry(options_.config, options_.target, options_.json); });
    CLI::App* cancel = AddCommand(app_, "cancel", "Give up a shipment, message or delivery that was not sent yet.",
                                  [this] { return cli::Cancel(options_.config, options_.target.id, options_.json); });
    CLI::App* hold = AddCommand(app_, "hold", "Pause an item, a partner or a PACS until its release.",
                                [this] { return cli::Hold(options_.config, options_.target, options_.json); });
    CLI::App* release = AddCommand(app_, "release", "End a pause that hold began.",
                                   [this] { return cli::Release(options_.config, options_.target, options_.json); });
    retry->add_flag("--all", options_.target.all, "all items");
    for (CLI::App* command : {retry, hold, release}) {
      command->add_option("ID", options_.target.id, command == retry ? cli::kRetriedItems : cli::kHeldItems);
      command->add_option("--partner", options_.target.partner, "all items for this partner");
      command->add_option("--pacs", options_.target.pacs, "all items for this PACS");
    }
    cancel->add_option("ID", options_.target.id, cli::kHeldItems)->required();
    CLI::App* redirect = AddCommand(app_, "redirect", "Send items that wait for one destination to another.", [this] {
      return cli::Redirect(options_.config, options_.redirect, options_.json);
    });
    redirect->add_option("KIND", options_.redirect.kind, "pacs, partner or mailbox")
        ->required()
        ->check(CLI::IsMember(cli::DestinationKinds()));
    redirect->add_option("--from", options_.redirect.from, "the old name; it need not be in the configuration")
        ->required();
    redirect->add_option("--to", options_.redirect.to, "the new name; it must be in the configuration")->required();
    CLI::App* redeliver =
        AddCommand(app_, "redeliver", "Store received images in the PACS once more, for a PACS that lost them.",
                   [this] { return cli::Redeliver(options_.config, options_.redeliver, options_.json); });
    redeliver->add_option("ID", options_.redeliver.id, "a Study Instance UID, T6 a set, R9 a mail, I3 an instance")
        ->required();
    redeliver->add_option("--to", options_.redeliver.pacs, "to this PACS; default: the PACS that had the images");
    for (CLI::App* command : {retry, cancel, hold, release, redirect, redeliver}) {
      AddConfig(command);
      AddJson(command);
    }
  }

  void AddQuarantineCommands() {
    CLI::App* quarantine =
        app_.add_subcommand("quarantine", "Show and decide about items that could not be processed.");
    quarantine->require_subcommand(1);
    CLI::App* list =
        AddCommand(*quarantine, "list", "List the mails, instances and documents in quarantine, with the reasons.",
                   [this] { return cli::QuarantineList(options_.config, options_.json); });
    CLI::App* show = AddCommand(*quarantine, "show", "Show one item of the quarantine, with its file.",
                                [this] { return cli::QuarantineShow(options_.config, options_.id, options_.json); });
    CLI::App* release =
        AddCommand(*quarantine, "release", "Process an item again, by the present configuration.",
                   [this] { return cli::QuarantineRelease(options_.config, options_.selection, options_.study_of); });
    release->add_option("--join-study-of", options_.study_of,
                        "I12: the document joins the study of this instance, on your responsibility");
    CLI::App* drop = AddCommand(*quarantine, "drop", "Give an item up. Its files are deleted.",
                                [this] { return cli::QuarantineDrop(options_.config, options_.selection); });
    CLI::App* export_command = AddCommand(*quarantine, "export", "Copy the file of an item into a directory.", [this] {
      return cli::QuarantineExport(options_.config, options_.id, options_.out);
    });
    export_command->add_option("--to", options_.out, "an existing directory")
        ->required()
        ->check(CLI::ExistingDirectory);
    CLI::App* done =
        AddCommand(*quarantine, "done", "Say that you have taken a kept document. Its file here is deleted.",
                   [this] { return cli::QuarantineDone(options_.config, options_.id); });
    for (CLI::App* command : {list, show, release, drop, export_command, done}) AddConfig(command);
    for (CLI::App* command : {list, show}) AddJson(command);
    for (CLI::App* command : {show, export_command}) {
      command->add_option("ID", options_.id, cli::kQuarantinedItems)->required();
    }
    done->add_option("ID", options_.id, "N8 a document")->required();
    for (CLI::App* command : {release, drop}) {
      command->add_option("ID", options_.selection.ids, cli::kQuarantinedItems);
      command->add_option("--reason", options_.selection.reason, "all items with this reason");
      command->add_option("--sender", options_.selection.sender, "all mails from this address, or from @this.domain");
      command->add_option("--partner", options_.selection.partner, "all items of this partner");
      command->add_option("--older-than", options_.selection.older_than,
                          "only items that wait for longer than this: 12h, 7d");
    }
  }

  void AddInspectCommand() {
    CLI::App* inspect = AddCommand(app_, "inspect", "Take a mail apart and report what is wrong with it.",
                                   [this] { return cli::Inspect(options_.inspect, options_.json); });
    inspect->add_option("FILES", options_.inspect.mails, "a mail (FILE.eml), or the fragments of one")->required();
    // Each --key takes one value, because a mail may follow.
    inspect->add_option("--key", options_.inspect.keys, "one of our secret keys; may be given several times")
        ->allow_extra_args(false);
    inspect->add_option("--passphrase-file", options_.inspect.passphrase_file,
                        "the file with the passphrase of the secret keys");
    inspect
        ->add_option("--partner-key", options_.inspect.partner_keys,
                     "a public key that may have signed the mail; may be given several times")
        ->allow_extra_args(false);
    inspect
        ->add_option("--character-set", options_.inspect.character_set,
                     "how to read text with a missing or wrong character set, as dicom.default_character_set")
        ->capture_default_str();
    AddJson(inspect);
  }

  void AddRouteCommands() {
    CLI::App* explain =
        AddCommand(app_, "explain", "Tell what the routing tables do with a DICOM file or a mail, and why.",
                   [this] { return cli::Explain(options_.config, options_.explain, options_.json); });
    explain->add_option("FILE", options_.explain.file, "a DICOM file, or a mail (FILE.eml)")->required();
    explain->add_option("--called", options_.explain.called_ae, "the AE title that the sender calls");
    explain->add_option("--calling", options_.explain.calling_ae, "the sender's AE title");
    explain->add_option("--from", options_.explain.caller, "the sender's address");
    explain->add_option("--port", options_.explain.port, "our port to which it comes");
    explain->add_option("--partner", options_.explain.partner, "explain a DICOM file as if this partner had mailed it");
    explain->add_option("--at", options_.explain.at, "the local time, as '2026-11-30 18:00'; default: now");
    CLI::App* routes = app_.add_subcommand("routes", "Try the routing tables.");
    routes->require_subcommand(1);
    CLI::App* test = AddCommand(*routes, "test", "Compare the routing tables with examples of yours.", [this] {
      return cli::TestRoutes(options_.config, options_.route_tests, options_.json);
    });
    test->add_option("FILE", options_.route_tests, "the file with the examples (FILE.yaml)")->required();
    for (CLI::App* command : {explain, test}) {
      AddConfig(command);
      AddJson(command);
    }
  }

  void AddKeysCommands() {
    CLI::App* keys = app_.add_subcommand("keys", "Make and show OpenPGP keys.");
    keys->require_subcommand(1);
    CLI::App* generate = AddCommand(*keys, "generate", "Make a key pair: OUT.secret.asc and OUT.public.asc.",
                                    [this] { return cli::KeysGenerate(options_.generate); });
    generate->add_option("--user-id", options_.generate.user_id, "\"Klinikum A <gateway@klinikum-a.example>\"")
        ->required();
    generate->add_option("--out", options_.generate.out, "the path of the files, without a suffix")->required();
    generate->add_option("--passphrase-file", options_.generate.passphrase_file,
                         "the file with the passphrase of the secret key; it is made if it does not exist");
    AddNumber<unsigned>(generate, "--valid-days", options_.generate.valid_days, 0, cli::MostValidDays(),
                        "how long the key is valid; 0: for ever");

    CLI::App* list = AddCommand(*keys, "list", "Show the keys in files.",
                                [this] { return cli::KeysList(options_.key_files, options_.json); });
    AddJson(list);
    list->add_option("FILE", options_.key_files, "a file with OpenPGP keys")->required();

    CLI::App* export_command = AddCommand(*keys, "export", "Print the public part of a key file.",
                                          [this] { return cli::KeysExport(options_.key_file, options_.out); });
    export_command->add_option("FILE", options_.key_file, "a file with OpenPGP keys")->required();
    export_command->add_option("--out", options_.out, "write to this file, not to standard output");

    AddCommand(*keys, "fingerprint", "Print the fingerprint, which you read out to a partner.",
               [this] { return cli::KeysFingerprint(options_.key_file); })
        ->add_option("FILE", options_.key_file, "a file with OpenPGP keys")
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
    cli::Err() << "dicom-mail-gateway: " << exception.what() << "\n";
  } catch (...) {
    cli::Err() << "dicom-mail-gateway: unknown exception\n";
  }
  return cli::kExitFailure;
}
