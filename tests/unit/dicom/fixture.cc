#include "fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "base/handles.h"
#include "dicom/header_reader.h"
#include "dicom/toolkit.h"

extern char** environ;

namespace gateway::dicom {
namespace {

class Toolkit : public testing::Environment {
 public:
  void SetUp() override {
    (void)::signal(SIGPIPE, SIG_IGN);  // as the daemon does
    const auto started = StartToolkit(false);
    ASSERT_TRUE(started) << started.error().code;
  }
};
[[maybe_unused]] const auto* const environment = testing::AddGlobalTestEnvironment(new Toolkit);

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

TempDirectory::TempDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dicom-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = pattern;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::filesystem::path> TempDirectory::Files() const {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  return files;
}

Process::Process(const std::vector<std::string>& arguments) {
  // The child must not outlive a test program that is killed.
  std::vector<char*> argv;
  for (const char* word : {"setpriv", "--pdeathsig", "KILL"}) argv.push_back(const_cast<char*>(word));
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string log = directory_ / "output";
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failure = ::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + arguments[0]);
}

Process::~Process() {
  Kill();
}

int Process::Wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Process::Kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  (void)Wait();
}

std::string Process::Output() const {
  return ReadAll(directory_ / "output");
}

Finished RunTool(const std::vector<std::string>& arguments) {
  Process process(arguments);
  const int exit_code = process.Wait();
  return {exit_code, process.Output()};
}

std::uint16_t FreePort() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void AwaitListener(std::uint16_t port) {
  for (int tries = 0; tries < 3000; ++tries) {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = Loopback(port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  throw std::runtime_error("nothing listens on port " + std::to_string(port));
}

Storescp::Storescp(const std::vector<std::string>& options, std::uint16_t port) : port_(port) {
  std::vector<std::string> arguments{"storescp", "+B", "+xa", "-od", directory_.path()};
  if (!options.empty()) arguments = {"storescp", "-od", directory_.path()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.push_back(std::to_string(port_));
  process_ = std::make_unique<Process>(arguments);
  AwaitListener(port_);
}

OddPacs::OddPacs(const std::string& answers, const std::string& syntaxes)
    : process_({"/usr/bin/python3", "-B", std::string(REPOSITORY_DIR) + "/tests/rig/odd_pacs.py", std::to_string(port_),
                directory_.path(), "--answers", answers, "--syntaxes", syntaxes}) {
  AwaitListener(port_);
}

std::filesystem::path PydicomFile(const std::string& name) {
  return std::filesystem::path("/usr/lib/python3/dist-packages/pydicom/data/test_files") / name;
}

std::vector<std::filesystem::path> ReadablePydicomFiles() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PydicomFile(""))) {
    const bool cut = entry.path().filename().string().find("_truncated") != std::string::npos;
    if (entry.is_regular_file() && !cut && ReadHeader(entry.path())) files.push_back(entry.path());
  }
  return files;
}

std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void WriteFile(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

std::string DatasetOf(const std::filesystem::path& file) {
  return ReadAll(file).substr(Describe(file).dataset_offset);
}

std::string Even(std::string dataset) {
  if (dataset.size() % 2 != 0) dataset += '\0';
  return dataset;
}

InstanceFile Describe(const std::filesystem::path& file) {
  const auto header = ReadHeader(file);
  if (!header) throw std::runtime_error(file.string() + ": " + header.error().code);
  return {.file = file,
          .sop_class_uid = header->sop_class_uid,
          .sop_instance_uid = header->sop_instance_uid,
          .transfer_syntax_uid = header->transfer_syntax_uid,
          .dataset_offset = header->dataset_offset};
}

Result<void> RecordingHandler::Store(const ReceivedInstance& instance) {
  {
    const std::lock_guard lock(mutex_);
    instances_.push_back(instance);
  }
  return store();
}

void RecordingHandler::Discard(const std::filesystem::path& file) {
  ++discarded_;
  std::error_code gone;
  std::filesystem::remove(file, gone);
}

std::vector<ReceivedInstance> RecordingHandler::instances() const {
  const std::lock_guard lock(mutex_);
  return instances_;
}

DicomSettings ScpSettings() {
  DicomSettings settings;
  settings.bind = "127.0.0.1";
  settings.port = 0;
  settings.callers = {{.ae_title = "GATEWAY", .host = "127.0.0.1"}};
  return settings;
}

PacsSettings PacsAt(std::uint16_t port) {
  PacsSettings pacs;
  pacs.name = "main";
  pacs.ae_title = "TO_B";
  pacs.calling_ae_title = "GATEWAY";
  pacs.host = "127.0.0.1";
  pacs.port = port;
  return pacs;
}

Finished Echoscu(std::uint16_t port, const std::string& calling, const std::string& called) {
  return RunTool({"echoscu", "-aet", calling, "-aec", called, "127.0.0.1", std::to_string(port)});
}

std::unique_ptr<StorageScp> StartScp(StorageHandler& handler, const DicomSettings& settings) {
  auto scp = StorageScp::Start(settings, handler);
  if (!scp) throw std::runtime_error(scp.error().code + " " + scp.error().detail);
  return std::move(scp).value();
}

}  // namespace gateway::dicom
