#include "opener/open_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <thread>

#include "attributes/attribute_path.h"
#include "base/error_codes.h"
#include "base/files.h"
#include "base/sanitizers.h"
#include "opener/error_codes.h"
#include "policy/error_codes.h"

namespace gateway::opener {
namespace {

using nlohmann::json;

constexpr std::int64_t kLookMs = 500;       // between two looks at the worker's computing time
constexpr std::size_t kMostParts = 10'000;  // the limit of mime::ReadLimits
constexpr std::size_t kMostMessages = 10'000;
constexpr std::size_t kMostReplaced = 50'000;  // identifiers
constexpr std::size_t kMostDifferences = 2000;
// Two for a part, two for a message, and the mail itself.
constexpr std::size_t kMostWorkFiles = 40'100;
// Bytes of all the worker's packets for one mail.
constexpr std::size_t kMostReplied = std::size_t{64} << 20;
constexpr int kWorkerSocket = 3;

std::int64_t MonotonicMs() {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Returns the computing time of all threads of a child process, dead or alive.
std::int64_t ComputingMs(pid_t child) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(child, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return std::chrono::duration_cast<Milliseconds>(std::chrono::seconds(used.tv_sec) +
                                                  std::chrono::nanoseconds(used.tv_nsec))
      .count();
}

// Returns whether the header can belong to the file, because others will read the file by its
// numbers.
bool FitsFile(const InstanceHeader& header, const std::filesystem::path& file) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(file, failure);
  return !failure && header.file_size == size && header.dataset_offset <= size && header.dataset_sha256.size() == 64 &&
         !header.sop_class_uid.empty() && !header.sop_instance_uid.empty() && !header.study_instance_uid.empty();
}

// These own posix_spawn's two attribute objects.
class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class SpawnAttributes {
 public:
  SpawnAttributes() { ::posix_spawnattr_init(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// The worker inherits nothing of ours: neither the terminal or journal that we write to, nor an
// environment. Botan needs one thread beside the one that asks, and would otherwise take one for
// each core.
struct WorkerSurroundings {
  explicit WorkerSurroundings(int socket) {
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      // The sanitizer writes its findings there.
      if (kSanitized && standard == STDERR_FILENO) continue;
      ::posix_spawn_file_actions_addopen(actions.get(), standard, "/dev/null", O_RDWR, 0);
    }
    ::posix_spawn_file_actions_adddup2(actions.get(), socket, kWorkerSocket);
    ::posix_spawn_file_actions_addclosefrom_np(actions.get(), kWorkerSocket + 1);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(attributes.get(), &none);
    ::posix_spawnattr_setflags(attributes.get(), POSIX_SPAWN_SETSIGMASK);
  }

  SpawnActions actions;
  SpawnAttributes attributes;
  std::string threads = "BOTAN_THREAD_POOL_SIZE=1";
  std::array<char*, 2> environment{threads.data(), nullptr};
};

// Returns what the worker reports as failed. If it lacks a resource, its own limit is reached and
// not this machine's, so the item asks for too much.
Error ErrorOf(const Packet& packet) {
  const std::optional<Error> error = packet.type == "error" ? ErrorFrom(packet.json) : std::nullopt;
  if (!error) return Permanent(codes::kWorkerLost, "reply damaged");
  return Is(*error, codes::kOutOfResources) ? Corrupt(codes::kOpenOutOfMemory, error->detail) : *error;
}

// Makes a file for the worker to read that stands in no directory.
Result<UniqueFd> InMemory(const std::string& bytes) {
  UniqueFd memory(::memfd_create("keys", MFD_CLOEXEC));
  if (!memory) return Transient(codes::kOpenWorkerStart, std::strerror(errno));
  GATEWAY_TRY(WriteAll(memory.get(), bytes));
  return memory;
}

std::string HowItEnded(int status) {
  if (WIFSIGNALED(status)) return std::string("signal ") + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

OpenProcess::OpenProcess(WorkerProgram program, const security::Keys& keys, const spool::Spool& spool,
                         const OpenTimes& times)
    : program_(std::move(program)), keys_(keys), spool_(spool), times_(times) {}

OpenProcess::~OpenProcess() {
  End();
  Kill();
}

Result<void> OpenProcess::Start() {
  // If the worker was ended while it had nothing to do, this costs no mail a try.
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  if (pid_ > 0) return {};
  recipe_.clear();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return Transient(codes::kOpenWorkerStart, std::strerror(errno));
  }
  socket_.Reset(ends[0]);
  // A worker that does not listen must not hold us.
  const timeval patience{times_.start.count() / 1000, times_.start.count() % 1000 * 1000};
  (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  UniqueFd theirs(ends[1]);
  if (theirs.get() <= kWorkerSocket) {  // dup2 of a descriptor to itself would keep close-on-exec
    theirs.Reset(::fcntl(theirs.get(), F_DUPFD_CLOEXEC, kWorkerSocket + 1));
  }
  WorkerSurroundings surroundings(theirs.get());
  std::string name = program_.file.string();
  std::string command = "open-worker";
  char* const arguments[] = {name.data(), command.data(), nullptr};
  char* const* environment = kSanitized ? environ : surroundings.environment.data();
  if (const int failure = ::posix_spawn(&pid_, program_.file.c_str(), surroundings.actions.get(),
                                        surroundings.attributes.get(), arguments, environment);
      failure != 0) {
    pid_ = -1;
    return Transient(codes::kOpenWorkerStart, std::strerror(failure));
  }
  return SendKeys();
}

Result<void> OpenProcess::SendKeys() {
  std::string text = KeysToBytes(keys_);
  const Result<UniqueFd> memory = InMemory(text);
  // The text holds our secret keys.
  ::explicit_bzero(text.data(), text.size());
  if (!memory) return memory.error();
  GATEWAY_TRY(SendPacket(socket_.get(), json{{"type", "keys"}, {"character_set", program_.default_character_set}},
                         {memory->get()}));
  AllowTime(times_.start, times_.start);
  GATEWAY_ASSIGN(const Packet packet, Receive());
  if (packet.type != "ready") return Permanent(codes::kWorkerLost, "it did not start");
  return SendQuery();
}

Result<void> OpenProcess::SendQuery() {
  constexpr std::ptrdiff_t kAPacket = 100;  // a path is no longer than some hundred bytes
  for (auto from = query_.begin(); from != query_.end();) {
    const auto to = from + std::min(kAPacket, query_.end() - from);
    GATEWAY_TRY(SendPacket(socket_.get(), ToJson(std::vector<AttributePath>(from, to))));
    from = to;
  }
  return {};
}

bool OpenProcess::TakeAsked(InstanceHeader& header) const {
  AskedAttributes asked;
  for (const AttributePath& path : query_) {
    std::string name = attributes::Text(path);
    if (auto named = header.asked.extract(name)) {
      asked.insert(std::move(named));
    } else {
      asked.try_emplace(std::move(name));
    }
  }
  const bool nothing_else = header.asked.empty();
  header.asked = std::move(asked);
  return nothing_else;
}

Result<void> OpenProcess::SendPartner(const security::PartnerKey* partner) {
  if (partner == nullptr) return SendPacket(socket_.get(), json{{"type", "partner"}});
  GATEWAY_ASSIGN(const UniqueFd memory, InMemory(PartnerKeyToBytes(*partner)));
  return SendPacket(socket_.get(), json{{"type", "partner"}}, {memory.get()});
}

Result<std::uint64_t> OpenProcess::SendInput(const std::vector<std::filesystem::path>& files) {
  std::uint64_t bytes = 0;
  for (std::size_t first = 0; first < files.size(); first += kDescriptorsAPacket) {
    std::vector<UniqueFd> opened;
    std::vector<int> descriptors;
    for (std::size_t i = first; i < std::min(files.size(), first + kDescriptorsAPacket); ++i) {
      GATEWAY_ASSIGN(UniqueFd fd, OpenForReading(files[i]));
      GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd.get()));
      bytes += size;
      descriptors.push_back(fd.get());
      opened.push_back(std::move(fd));
    }
    GATEWAY_TRY(SendPacket(socket_.get(), json{{"type", "input"}}, descriptors));
  }
  const Milliseconds for_bytes = OpenTimes::ForBytes(bytes);
  AllowTime(times_.open + for_bytes, times_.computing + for_bytes);
  return bytes;
}

void OpenProcess::AllowTime(Milliseconds time, Milliseconds computing) {
  deadline_ms_ = MonotonicMs() + time.count();
  computing_end_ms_ = ComputingMs(pid_) + computing.count();
  quick_end_ms_ = 0;
  replied_ = 0;
}

template <typename T>
Result<T> OpenProcess::Checked(Result<T> result) {
  if (result) return result;
  const Error& error = result.error();
  if (Is(error, codes::kOpenSlow)) {
    Kill();
    return result;
  }
  return Is(error, codes::kWorkerLost) || SaysWorkerEnded(error) ? Died(error) : result;
}

// If a worker cannot be started, the mail is not at fault.
Result<void> OpenProcess::Started() {
  const Result<void> started = Start();
  if (started) return {};
  Kill();
  return Transient(codes::kOpenWorkerStart, started.error().code + " " + started.error().detail);
}

// Sends `request` and reads the one packet that answers it.
template <typename T>
Result<T> OpenProcess::Ask(const json& request, const char* answer, std::optional<T> (*read)(const std::string&)) {
  GATEWAY_TRY(SendPacket(socket_.get(), request));
  GATEWAY_ASSIGN(const Packet packet, Receive());
  if (packet.type == "error") return ErrorOf(packet);
  std::optional<T> value = packet.type == answer ? read(packet.json) : std::nullopt;
  if (!value) return Permanent(codes::kWorkerLost, std::string(answer) + " damaged");
  return std::move(*value);
}

Result<mime::Envelope> OpenProcess::Begin(const std::vector<std::filesystem::path>& files, unsigned quick_share) {
  GATEWAY_TRY(Started());
  const auto begin = [&]() -> Result<mime::Envelope> {
    GATEWAY_ASSIGN(const std::uint64_t bytes, SendInput(files));
    const Milliseconds for_size = OpenTimes::ForBytes(bytes) / 20;
    if (quick_share > 0) quick_end_ms_ = ComputingMs(pid_) + (times_.quick / quick_share + for_size).count();
    return Ask(json{{"type", "envelope"}}, "envelope", &EnvelopeFrom);
  };
  Result<mime::Envelope> envelope = Checked(begin());
  // When the worker joins fragments, it asks for a file. The last file holds the result.
  joined_ = envelope && !work_files_.empty() ? work_files_.back() : std::filesystem::path();
  return envelope;
}

Result<OpenedContent> OpenProcess::Open(const security::PartnerKey* partner) {
  const auto open = [&]() -> Result<OpenedContent> {
    OpenedContent content;
    GATEWAY_TRY(SendPartner(partner));
    GATEWAY_TRY(SendPacket(socket_.get(), json{{"type", "open"}}));
    while (true) {
      GATEWAY_ASSIGN(const Packet packet, Receive());
      if (packet.type == "part") {
        GATEWAY_TRY(TakePart(packet.json, content));
      } else if (packet.type == "message") {
        std::optional<MessageReply> reply = MessageReplyFrom(packet.json);
        if (!reply || content.messages.size() >= kMostMessages) return Permanent(codes::kWorkerLost, "message damaged");
        content.messages.push_back({std::move(*reply), {}});
      } else if (packet.type == "opened") {
        std::optional<OpenEnd> end = OpenEndFrom(packet.json);
        if (!end || content.messages.empty()) return Permanent(codes::kWorkerLost, "report damaged");
        content.leftover = std::move(end->leftover);
        return content;
      } else {
        return ErrorOf(packet);
      }
    }
  };
  return Checked(open());
}

// A part belongs to the message before it, which must be one that could be read.
Result<void> OpenProcess::TakePart(const std::string& json, OpenedContent& content) {
  std::optional<PartReply> part = PartReplyFrom(json);
  const bool has_message = !content.messages.empty() && !content.messages.back().reply.error;
  const bool good = part && has_message && MayBePart(*part) && (!part->header || TakeAsked(*part->header));
  if (!good) return Permanent(codes::kWorkerLost, "part damaged");
  content.messages.back().parts.push_back(
      {work_files_[part->file], std::move(part->leaf), std::move(part->header), std::move(part->error)});
  return {};
}

// The worker numbers its files, and may name each file once.
bool OpenProcess::MayBePart(const PartReply& part) {
  const bool fresh = part.file < work_files_.size() && named_.insert(part.file).second;
  return fresh && named_.size() <= kMostParts && (!part.header || FitsFile(*part.header, work_files_[part.file]));
}

Result<ReportReply> OpenProcess::ReadReport(const security::PartnerKey* partner) {
  const auto read = [&]() -> Result<ReportReply> {
    GATEWAY_TRY(SendPartner(partner));
    return Ask(json{{"type", "report"}}, "report", &ReportReplyFrom);
  };
  return Checked(read());
}

std::filesystem::path OpenProcess::joined_file() const {
  return joined_;
}

Result<ConvertedDocument> OpenProcess::Convert(const std::filesystem::path& document,
                                               const std::filesystem::path& reference, const ConvertRequest& request) {
  GATEWAY_TRY(Started());
  const auto convert = [&]() -> Result<ConvertedDocument> {
    GATEWAY_TRY(SendInput({document, reference}));
    GATEWAY_ASSIGN(Converted converted, Ask(ToJson(request), "converted", &ConvertedFrom));
    const bool fits = converted.file < work_files_.size() && FitsFile(converted.header, work_files_[converted.file]) &&
                      TakeAsked(converted.header);
    if (!fits) return Permanent(codes::kWorkerLost, "converted damaged");
    return ConvertedDocument{work_files_[converted.file], std::move(converted.header)};
  };
  return Checked(convert());
}

Result<InstanceHeader> OpenProcess::ReadHeader(const std::filesystem::path& file) {
  GATEWAY_TRY(Started());
  const auto read = [&]() -> Result<InstanceHeader> {
    GATEWAY_TRY(SendInput({file}));
    GATEWAY_ASSIGN(InstanceHeader header, Ask(json{{"type", "header"}}, "header", &InstanceHeaderFrom));
    if (!TakeAsked(header)) return Permanent(codes::kWorkerLost, "header damaged");
    return header;
  };
  return Checked(read());
}

Result<std::string> OpenProcess::Digest(const std::filesystem::path& file, bool decoded) {
  GATEWAY_TRY(Started());
  const auto digest = [&]() -> Result<std::string> {
    GATEWAY_TRY(SendInput({file}));
    GATEWAY_ASSIGN(DigestText made, Ask(json{{"type", "digest"}, {"decoded", decoded}}, "digest", &DigestTextFrom));
    return std::move(made.text);
  };
  return Checked(digest());
}

Result<void> OpenProcess::SendRecipe(const std::string& recipe) {
  if (recipe_ == recipe) return {};
  recipe_.clear();
  GATEWAY_ASSIGN(const UniqueFd memory, InMemory(recipe));
  GATEWAY_TRY(SendPacket(socket_.get(), json{{"type", "recipe"}}, {memory.get()}));
  recipe_ = recipe;
  return {};
}

Result<TransformedFile> OpenProcess::Transform(const std::filesystem::path& file, const std::string& recipe,
                                               const TransformRequest& request) {
  GATEWAY_TRY(Started());
  const auto transform = [&]() -> Result<TransformedFile> {
    TransformedFile made;
    GATEWAY_TRY(SendRecipe(recipe));
    GATEWAY_TRY(SendInput({file}));
    GATEWAY_TRY(SendPacket(socket_.get(), ToJson(request)));
    while (true) {
      GATEWAY_ASSIGN(const Packet packet, Receive());
      if (packet.type == "error") return ErrorOf(packet);
      if (packet.type == "replaced") {
        std::optional<ReplacedReply> some = ReplacedReplyFrom(packet.json);
        if (!some || made.replaced.size() + some->pairs.size() > kMostReplaced) break;
        made.replaced.insert(made.replaced.end(), some->pairs.begin(), some->pairs.end());
        continue;
      }
      std::optional<Transformed> done =
          packet.type == "transformed" ? TransformedFrom(packet.json) : std::optional<Transformed>();
      if (!done || done->file >= work_files_.size()) break;
      if (done->header && !FitsFile(*done->header, work_files_[done->file])) break;
      made.file = work_files_[done->file];
      made.header = std::move(done->header);
      return made;
    }
    return Permanent(codes::kWorkerLost, "transformed damaged");
  };
  return Checked(transform());
}

Result<std::vector<AttributeDifference>> OpenProcess::Compare(const std::filesystem::path& original,
                                                              const std::filesystem::path& copy) {
  GATEWAY_TRY(Started());
  const auto compare = [&]() -> Result<std::vector<AttributeDifference>> {
    std::vector<AttributeDifference> differences;
    GATEWAY_TRY(SendInput({original, copy}));
    GATEWAY_TRY(SendPacket(socket_.get(), json{{"type", "compare"}}));
    while (true) {
      GATEWAY_ASSIGN(const Packet packet, Receive());
      if (packet.type == "error") return ErrorOf(packet);
      std::optional<DifferenceReply> some =
          packet.type == "differences" ? DifferenceReplyFrom(packet.json) : std::optional<DifferenceReply>();
      if (!some || differences.size() + some->differences.size() > kMostDifferences) break;
      differences.insert(differences.end(), some->differences.begin(), some->differences.end());
      if (some->last) return differences;
    }
    return Permanent(codes::kWorkerLost, "differences damaged");
  };
  return Checked(compare());
}

Result<CodedInstance> OpenProcess::Code(const std::filesystem::path& file, Coding coding) {
  GATEWAY_TRY(Started());
  const auto code = [&]() -> Result<CodedInstance> {
    GATEWAY_TRY(SendInput({file}));
    GATEWAY_ASSIGN(CodingReply reply,
                   Ask(json{{"type", "code"}, {"coding", NameOf(coding)}}, "coded", &CodingReplyFrom));
    CodedInstance coded{{}, std::move(reply.header), std::move(reply.why), reply.differs};
    if (!reply.file) return coded;
    const bool fits = *reply.file < work_files_.size() && FitsFile(coded.header, work_files_[*reply.file]);
    if (!fits) return Permanent(codes::kWorkerLost, "coded damaged");
    coded.file = work_files_[*reply.file];
    return coded;
  };
  return Checked(code());
}

bool OpenProcess::SaysWorkerEnded(const Error& error) {
  return IsOneOf(error, codes::kOpenWorkerDied, codes::kOpenWorkerKilled, codes::kOpenTimeout, codes::kOpenCpuTime,
                 codes::kOpenOutOfMemory);
}

void OpenProcess::End() {
  for (const std::filesystem::path& file : work_files_) (void)RemoveFile(file);
  work_files_.clear();
  named_.clear();
  joined_.clear();
  // A worker that does not take this packet is of no use for the next mail.
  if (pid_ > 0 && !SendPacket(socket_.get(), json{{"type", "done"}})) Kill();
}

Result<Packet> OpenProcess::Receive() {
  while (true) {
    const std::int64_t left = deadline_ms_ - MonotonicMs();
    if (left <= 0) return Corrupt(codes::kOpenTimeout, "it took too long to open");
    const std::int64_t computed = ComputingMs(pid_);
    if (computed > computing_end_ms_) return Corrupt(codes::kOpenCpuTime, "it took too much computing to open");
    if (quick_end_ms_ > 0 && computed > quick_end_ms_)
      return Transient(codes::kOpenSlow, "others are opened before it");
    GATEWAY_ASSIGN(std::optional<Packet> packet,
                   ReceivePacket(socket_.get(), static_cast<int>(std::min(left, kLookMs))));
    if (!packet) continue;
    replied_ += packet->json.size();
    if (replied_ > kMostReplied || !packet->descriptors.empty())
      return Permanent(codes::kWorkerLost, "it says too much");
    if (packet->type != "file") return std::move(*packet);
    GATEWAY_TRY(ServeFile());
  }
}

Result<void> OpenProcess::ServeFile() {
  if (work_files_.size() >= kMostWorkFiles) return Permanent(codes::kWorkerLost, "it asked for too many files");
  const std::filesystem::path path = spool_.NewWorkFile();
  const Result<UniqueFd> fd = CreateFile(path);
  if (!fd) {
    // Without a file the worker answers with its own transient error.
    return SendPacket(socket_.get(), json{{"type", "file"}});
  }
  work_files_.push_back(path);
  return SendPacket(socket_.get(), json{{"type", "file"}}, {fd->get()});
}

Error OpenProcess::Died(const Error& how) {
  std::optional<int> status;
  if (Is(how, codes::kWorkerLost)) status = AwaitEnd();
  Kill();
  if (status && WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL) {
    return Transient(codes::kOpenWorkerKilled, HowItEnded(*status));
  }
  return ErrorNamed(Fault::corrupt, Is(how, codes::kWorkerLost) ? codes::kOpenWorkerDied.name : how.code,
                    status ? HowItEnded(*status) : how.detail);
}

// The worker may be about to end, as after it has closed its socket, or it may hang.
std::optional<int> OpenProcess::AwaitEnd() {
  pollfd socket{socket_.get(), 0, 0};
  const bool closed = ::poll(&socket, 1, 0) > 0 && (socket.revents & POLLHUP) != 0;
  for (int tries = 0; pid_ > 0 && tries < (closed ? 200 : 20); ++tries) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return status;
    }
    std::this_thread::sleep_for(Milliseconds(10));
  }
  return std::nullopt;
}

void OpenProcess::Kill() {
  socket_.Reset();
  recipe_.clear();
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

}  // namespace gateway::opener
