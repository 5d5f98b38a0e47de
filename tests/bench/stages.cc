// Runs one stage of the gateway alone, for the benchmark, and prints what it cost as one JSON
// object:
//   {"count": 200, "bytes": 104857600, "wall": 1.21, "cpu": 1.18}
// bytes: of DICOM files; cpu: seconds of this process and its children, user and system. bench.py
// compares with peers.
//
//   bench_stages scu PORT CALLED_AE FILE...        storage SCU, one association
//   bench_stages seal KEYS STATE FILE...           spool file -> finished message on disk (outbound::Sealer)
//   bench_stages open KEYS STATE_A STATE_B PROGRAM SIZE
//                                                message on disk -> verified instance (of SIZE bytes) in the spool
//   bench_stages bodies KEYS STATE DIRECTORY       what seal made, for the peers: N.asc, the armor of a message, and
//                                                N.entity, the very bytes that were sealed in it
//   bench_stages rnp-seal KEYS N.entity...         RNP alone, memory to memory, with its own armor
//   bench_stages rnp-open KEYS N.asc...            likewise
//   bench_stages routes CONFIG CALLED_AE           routing tables: routes.h
//   bench_stages ledger FILE                       start, claim and status: {"open": s, "claim": s, "status": s}
// KEYS: a directory with secret.asc and public.asc, of the key of who seals, and peer.secret.asc
// and peer.public.asc, of who opens. INNER, COMPRESSION and INTEGRITY in the environment choose the
// profile (base64, binary; none, zip, zlib, bzip2; mdc, ocb), the last one RNP's as well. For RNP,
// bytes are those of its files.
#include <rnp/rnp.h>
#include <rnp/rnp_err.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/heap.h"
#include "base/sha256.h"
#include "dicom/header_reader.h"
#include "dicom/storage_scu.h"
#include "dicom/toolkit.h"
#include "gateway/settings.h"
#include "inbound/mail_acceptor.h"
#include "ledger/fetched_mails.h"
#include "ledger/intake.h"
#include "ledger/operator_ledger.h"
#include "ledger/send_queue.h"
#include "ledger/store/database.h"
#include "mime/mail_reader.h"
#include "mime/mail_writer.h"
#include "openpgp/openpgp.h"
#include "outbound/sealer.h"
#include "policy/failure_policy.h"
#include "policy/mail_destinations.h"
#include "routes.h"
#include "spool/space_guard.h"
#include "spool/work_file.h"
#include "telemetry/events.h"

namespace gateway::bench {
namespace {

using Arguments = std::vector<std::string>;

template <typename T>
T Must(Result<T> result, const char* what) {
  if (!result) {
    std::cerr << what << ": " << result.error().code << ": " << result.error().detail << "\n";
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

void MustRnp(rnp_result_t result, const char* what) {
  if (result == RNP_SUCCESS) return;
  std::cerr << what << ": " << rnp_result_to_string(result) << "\n";
  std::exit(1);
}

double SecondsOf(const rusage& usage) {
  double seconds = 0;
  for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
    seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  }
  return seconds;
}

void AddDescendants(const std::string& pid, std::vector<std::string>& found) {
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + pid + "/task", gone)) {
    std::ifstream children(task.path() / "children");
    for (std::string child; children >> child;) {
      found.push_back(child);
      AddDescendants(child, found);
    }
  }
}

// Of the children that still run, and of theirs: the open worker.
double RunningChildrenCpu() {
  std::vector<std::string> pids;
  AddDescendants("self", pids);
  double seconds = 0;
  for (const std::string& pid : pids) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(std::stoi(pid), &clock) != 0 || ::clock_gettime(clock, &time) != 0) continue;
    seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  return seconds;
}

double CpuSeconds() {
  rusage own{};
  rusage ended{};
  ::getrusage(RUSAGE_SELF, &own);
  ::getrusage(RUSAGE_CHILDREN, &ended);
  return SecondsOf(own) + SecondsOf(ended) + RunningChildrenCpu();
}

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Between construction and Print().
class Meter {
 public:
  void Print(std::size_t count, std::uint64_t bytes) const {
    std::printf("{\"count\": %zu, \"bytes\": %llu, \"wall\": %.6f, \"cpu\": %.6f}\n", count,
                static_cast<unsigned long long>(bytes), WallSeconds() - wall_, CpuSeconds() - cpu_);
  }

 private:
  double wall_ = WallSeconds();
  double cpu_ = CpuSeconds();
};

std::string FromEnvironment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

// `own`, `other`: "" is who seals, "peer." who opens.
Settings MakeSettings(const std::filesystem::path& keys, const std::filesystem::path& state, const std::string& own,
                      const std::string& other) {
  Settings settings;
  settings.gateway.state_dir = state;
  settings.gateway.min_free_space.percent = 0;
  MailboxSettings mailbox;
  mailbox.name = "main";
  mailbox.address = "bench@bench.example";
  mailbox.key.file = keys / (own + "secret.asc");
  PartnerSettings partner;
  partner.name = "partner";
  partner.address = mailbox.address;
  partner.mailbox = mailbox.name;
  partner.key_file = keys / (other + "public.asc");
  auto keyring = Must(openpgp::Keyring::Create(), "keyring");
  StringSink text;
  auto source = Must(FileSource::Open(partner.key_file), "key");
  Must(Copy(source, text), "key");
  partner.key_fingerprint = Must(keyring.Add(text.text()), "key").front().fingerprint;
  if (FromEnvironment("INNER", "base64") == "binary") partner.profile.inner_encoding = InnerEncoding::binary;
  if (FromEnvironment("INTEGRITY", "mdc") == "ocb") partner.profile.integrity = Integrity::ocb;
  const std::string compression = FromEnvironment("COMPRESSION", "none");
  if (compression == "zip") partner.profile.compression = Compression::zip;
  if (compression == "zlib") partner.profile.compression = Compression::zlib;
  if (compression == "bzip2") partner.profile.compression = Compression::bzip2;
  partner.profile.receipts = ReceiptMode::none;
  partner.profile.max_message_size = 1ULL << 40;
  settings.mailboxes = {mailbox};
  settings.partners = {partner};
  PacsSettings pacs;
  pacs.name = "main";
  settings.pacs = {pacs};
  InboundRuleSettings rule;
  rule.name = "all";
  rule.forward_to = {"main"};
  settings.routes.inbound = {rule};
  return settings;
}

int Scu(const Arguments& arguments) {
  PacsSettings pacs;
  pacs.host = "127.0.0.1";
  pacs.port = static_cast<std::uint16_t>(std::stoi(arguments.at(0)));
  pacs.ae_title = arguments.at(1);
  pacs.calling_ae_title = "PACS_A";
  std::vector<dicom::InstanceFile> files;
  std::uint64_t bytes = 0;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const InstanceHeader header = Must(dicom::ReadHeader(std::filesystem::path(arguments[i])), "header");
    files.push_back({arguments[i], header.sop_class_uid, header.sop_instance_uid, header.transfer_syntax_uid,
                     header.dataset_offset});
    bytes += header.file_size;
  }
  const Meter meter;
  dicom::StorageScu scu(pacs);
  scu.Expect(files);
  for (const dicom::InstanceFile& file : files) Must(scu.Store(file), "store");
  scu.EndAssociation();
  meter.Print(files.size(), bytes);
  return 0;
}

std::vector<std::filesystem::path> FilesIn(const std::filesystem::path& state, const char* folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(state / "spool" / folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

int Seal(const Arguments& arguments) {
  KeepFreedMemory();  // as the daemon
  const Settings settings = MakeSettings(arguments.at(0), arguments.at(1), "", "peer.");
  const auto keys = Must(security::ReadKeys(settings.mailboxes, settings.partners), "keys");
  const auto spool = Must(spool::Spool::Open(settings.gateway.state_dir), "spool");
  const auto database = Must(ledger::Database::Open(spool->LedgerFile(), ledger::OpenMode::create), "ledger");
  ledger::Intake intake(*database);
  const SystemClock clock;
  std::uint64_t bytes = 0;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const spool::WorkFile work(*spool);
    std::filesystem::copy_file(arguments[i], work.path());
    ledger::NewInstance instance;
    instance.header = Must(dicom::ReadHeader(work.path()), "header");
    bytes += instance.header.file_size;
    instance.spool_key = Must(spool->Keep(spool::Kind::instance, work.path()), "keep");
    instance.received = clock.Now();
    Must(intake.AddInstance(instance, {{"partner", "main", "all", Priority::normal, Bundling::instance,
                                        "bench." + std::to_string(i)}}),
         "add");
  }
  std::map<std::string, MailDestinations> destinations;
  destinations.try_emplace("main", FailurePolicy(settings.retry), settings.partners);
  const routing::Router router = Must(routing::Router::Create(settings.routes), "router");
  spool::SpaceGuard space(*spool, clock, settings.gateway);
  const outbound::OutboundContext context{.settings = {.dicom = settings.dicom,
                                                       .mailboxes = settings.mailboxes,
                                                       .partners = settings.partners,
                                                       .routes = settings.routes,
                                                       .retry = settings.retry,
                                                       .pacs = settings.pacs,
                                                       .router = router,
                                                       .keys = keys},
                                          .around = {*spool, space, *database, clock}};
  outbound::Sealer sealer(context, destinations, {.sealers = [] {}, .senders = [] {}});
  const std::size_t count = arguments.size() - 2;
  sealer.Step({});  // unlocks the key, which costs the same however much is sealed
  const std::size_t before = FilesIn(arguments.at(1), "messages").size();
  const Meter meter;
  while (sealer.Step({}).count() == 0) {
  }
  meter.Print(count - before, bytes / count * (count - before));
  return FilesIn(arguments.at(1), "messages").size() == count ? 0 : 1;
}

int Open(const Arguments& arguments) {
  KeepFreedMemory();  // as the daemon
  const Settings settings = MakeSettings(arguments.at(0), arguments.at(2), "peer.", "");
  const auto keys = Must(security::ReadKeys(settings.mailboxes, settings.partners), "keys");
  const auto spool = Must(spool::Spool::Open(settings.gateway.state_dir), "spool");
  const auto database = Must(ledger::Database::Open(spool->LedgerFile(), ledger::OpenMode::create), "ledger");
  const routing::Router router = Must(routing::Router::Create(settings.routes), "router");
  ledger::FetchedMails mails(*database);
  const SystemClock clock;
  spool::SpaceGuard space(*spool, clock, settings.gateway);
  std::uint32_t uid = 0;
  const std::vector<std::filesystem::path> messages = FilesIn(arguments.at(1), "messages");
  for (const std::filesystem::path& message : messages) {
    const spool::WorkFile work(*spool);
    std::filesystem::copy_file(message, work.path());
    ledger::NewMail mail;
    mail.mailbox = "main";
    mail.identity = "1:" + std::to_string(++uid);
    mail.size = std::filesystem::file_size(message);
    mail.spool_key = Must(spool->Keep(spool::Kind::mail, work.path()), "keep");
    mail.fetched = clock.Now();
    Must(mails.Add(mail), "add");
  }
  inbound::MailAcceptor::Wake wake;
  wake.acceptors = wake.deliverers = wake.filer = wake.receipt_senders = [] {};
  wake.watchers = [](const std::string&) {};
  inbound::OpeningOrder order;
  inbound::StrangerLog strangers;
  dicom::TextLog texts{"mail"};
  const inbound::InboundContext context{.settings = {.gateway = settings.gateway,
                                                     .pacs = settings.pacs,
                                                     .mailboxes = settings.mailboxes,
                                                     .partners = settings.partners,
                                                     .routes = settings.routes,
                                                     .receipts = settings.receipts,
                                                     .reception = settings.reception,
                                                     .retry = settings.retry,
                                                     .router = router,
                                                     .keys = keys},
                                        .around = {*spool, space, *database, clock},
                                        .open_worker = {arguments.at(3)}};
  inbound::MailAcceptor acceptor(context, order, strangers, texts, wake);
  acceptor.Step({});  // starts the child, which unlocks the key
  const std::size_t before = FilesIn(arguments.at(2), "instances").size();
  const Meter meter;
  while (acceptor.Step({}).count() == 0) {
  }
  meter.Print(messages.size() - before, std::stoull(arguments.at(4)) * (messages.size() - before));
  return FilesIn(arguments.at(2), "instances").size() == messages.size() ? 0 : 1;
}

// RNP as its documentation uses it, with all keys of KEYS.
class Rnp {
 public:
  explicit Rnp(const std::filesystem::path& keys) {
    MustRnp(rnp_ffi_create(&ffi_, "GPG", "GPG"), "ffi");
    for (const char* name : {"secret.asc", "public.asc", "peer.secret.asc", "peer.public.asc"}) {
      rnp_input_t input = nullptr;
      MustRnp(rnp_input_from_path(&input, (keys / name).c_str()), "input");
      MustRnp(rnp_import_keys(ffi_, input, RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_SECRET_KEYS, nullptr), "import");
      rnp_input_destroy(input);
    }
    rnp_identifier_iterator_t keys_of = nullptr;
    MustRnp(rnp_identifier_iterator_create(ffi_, &keys_of, "fingerprint"), "iterator");
    const char* fingerprint = nullptr;
    while (rnp_identifier_iterator_next(keys_of, &fingerprint) == RNP_SUCCESS && fingerprint != nullptr) {
      rnp_key_handle_t key = nullptr;
      MustRnp(rnp_locate_key(ffi_, "fingerprint", fingerprint, &key), "locate");
      bool primary = false;
      MustRnp(rnp_key_is_primary(key, &primary), "primary");
      if (primary) key_ = key;
    }
    rnp_identifier_iterator_destroy(keys_of);
  }

  // The number of bytes that came out.
  std::size_t Seal(const std::string& plain) const {
    rnp_input_t input = nullptr;
    rnp_output_t output = nullptr;
    rnp_op_encrypt_t operation = nullptr;
    MustRnp(rnp_input_from_memory(&input, reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size(), false),
            "input");
    MustRnp(rnp_output_to_memory(&output, 0), "output");
    MustRnp(rnp_op_encrypt_create(&operation, ffi_, input, output), "encrypt");
    MustRnp(rnp_op_encrypt_add_recipient(operation, key_), "recipient");
    MustRnp(rnp_op_encrypt_add_signature(operation, key_, nullptr), "signer");
    MustRnp(rnp_op_encrypt_set_hash(operation, "SHA256"), "hash");
    MustRnp(rnp_op_encrypt_set_cipher(operation, "AES256"), "cipher");
    const bool ocb = FromEnvironment("INTEGRITY", "mdc") == "ocb";
    MustRnp(rnp_op_encrypt_set_aead(operation, ocb ? "OCB" : "None"), "aead");
    MustRnp(rnp_op_encrypt_set_compression(operation, "Uncompressed", 0), "compression");
    MustRnp(rnp_op_encrypt_set_armor(operation, true), "armor");
    MustRnp(rnp_op_encrypt_execute(operation), "execute");
    const std::size_t size = Bytes(output).size();
    rnp_op_encrypt_destroy(operation);
    rnp_output_destroy(output);
    rnp_input_destroy(input);
    return size;
  }

  // What was sealed goes to `keep`, when there is one.
  std::size_t Open(const std::string& sealed, std::ostream* keep = nullptr) const {
    rnp_input_t input = nullptr;
    rnp_output_t output = nullptr;
    rnp_op_verify_t operation = nullptr;
    MustRnp(rnp_input_from_memory(&input, reinterpret_cast<const std::uint8_t*>(sealed.data()), sealed.size(), false),
            "input");
    MustRnp(rnp_output_to_memory(&output, 0), "output");
    MustRnp(rnp_op_verify_create(&operation, ffi_, input, output), "verify");
    MustRnp(rnp_op_verify_execute(operation), "execute");
    const std::string_view opened = Bytes(output);
    const std::size_t size = opened.size();
    if (keep != nullptr) *keep << opened;
    rnp_op_verify_destroy(operation);
    rnp_output_destroy(output);
    rnp_input_destroy(input);
    return size;
  }

 private:
  static std::string_view Bytes(rnp_output_t output) {
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    MustRnp(rnp_output_memory_get_buf(output, &bytes, &size, false), "buffer");
    return {reinterpret_cast<char*>(bytes), size};
  }

  rnp_ffi_t ffi_ = nullptr;
  rnp_key_handle_t key_ = nullptr;
};

int Bodies(const Arguments& arguments) {
  const Rnp rnp(arguments.at(0));
  std::size_t number = 0;
  for (const std::filesystem::path& message : FilesIn(arguments.at(1), "messages")) {
    const UniqueFd fd = Must(OpenForReading(message), "message");
    StringSink text;
    Must(Copy(*Must(mime::OpenEncryptedBody(fd.get(), {}), "body"), text), "body");
    const std::filesystem::path file = std::filesystem::path(arguments.at(2)) / std::to_string(number++);
    std::ofstream(file.string() + ".asc", std::ios::binary) << text.text();
    std::ofstream entity(file.string() + ".entity", std::ios::binary);
    rnp.Open(text.text(), &entity);
  }
  return 0;
}

// Runs `call` on the contents of the files from the second argument on.
int MeterRnp(const Arguments& arguments, const std::function<std::size_t(const std::string&)>& call) {
  std::vector<std::string> contents;
  std::uint64_t bytes = 0;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    contents.push_back(ReadAll(arguments[i]));
    bytes += contents.back().size();
  }
  call(contents.at(0));  // unlocks the key
  const Meter meter;
  std::size_t size = 0;
  for (const std::string& content : contents) size += call(content);
  meter.Print(contents.size(), bytes);
  return size > 0 ? 0 : 1;
}

int RnpSeal(const Arguments& arguments) {
  const Rnp rnp(arguments.at(0));
  return MeterRnp(arguments, [&rnp](const std::string& entity) { return rnp.Seal(entity); });
}

int RnpOpen(const Arguments& arguments) {
  const Rnp rnp(arguments.at(0));
  return MeterRnp(arguments, [&rnp](const std::string& armor) { return rnp.Open(armor); });
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double MedianSeconds(int times, const std::function<void()>& call) {
  std::vector<double> seconds;
  for (int i = 0; i < times; ++i) {
    const double from = WallSeconds();
    call();
    seconds.push_back(WallSeconds() - from);
  }
  return Median(seconds);
}

int Ledger(const Arguments& arguments) {
  std::unique_ptr<ledger::Database> database;
  const double open = MedianSeconds(5, [&] {
    database.reset();
    database = Must(ledger::Database::Open(arguments.at(0), ledger::OpenMode::create), "ledger");
  });
  ledger::SendQueue queue(*database);
  ledger::OperatorLedger operators(*database);
  const Time now = SystemClock().Now();
  const double status = MedianSeconds(101, [&] { Must(operators.GetStatus(), "status"); });
  // What waits is claimed and given back, so that each claim finds the same.
  const double claim = MedianSeconds(101, [&] {
    const auto claimed = Must(queue.Claim("main", 1, now, Milliseconds(60'000)), "claim");
    Must(queue.Unclaim(std::vector<std::int64_t>{claimed.at(0).id}), "unclaim");
  });
  std::printf("{\"open\": %.6f, \"claim\": %.6f, \"status\": %.6f}\n", open, claim, status);
  return 0;
}

}  // namespace
}  // namespace gateway::bench

int main(int argc, char** argv) {
  using namespace gateway::bench;
  const std::map<std::string, std::function<int(const Arguments&)>> stages{
      {"scu", Scu},       {"seal", Seal},        {"rnp-seal", RnpSeal}, {"open", Open},
      {"bodies", Bodies}, {"rnp-open", RnpOpen}, {"ledger", Ledger},    {"routes", Routes}};
  const auto stage = argc > 1 ? stages.find(argv[1]) : stages.end();
  if (stage == stages.end()) return 2;
  gateway::LogSettings quiet;
  quiet.level = gateway::LogLevel::error;
  if (!gateway::OpenLog(quiet) || !gateway::dicom::StartToolkit(false)) return 1;
  return stage->second(Arguments(argv + 2, argv + argc));
}
