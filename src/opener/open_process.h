// The daemon's side of an open worker. It starts the worker, gives it one mail at a time, and
// outlives it. If the worker dies, hangs, computes too long, needs more memory than it may have, or
// sends nonsense, the mail fails and the next one gets a new worker. The errors are corrupt
// "open-worker-died", "open-timeout", "open-cpu-time" and "open-out-of-memory". A mail cannot cause
// SIGKILL, but a person can, and so can the kernel when memory runs out. That error is transient
// "open-worker-killed". Not thread-safe: each thread has its own object.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/sanitizers.h"
#include "dicom/character_set.h"
#include "gateway/attribute.h"
#include "gateway/coding.h"
#include "gateway/time.h"
#include "opener/open_protocol.h"
#include "security/keys.h"
#include "spool/spool.h"

namespace gateway::opener {

struct OpenedPart {
  std::filesystem::path file;  // in spool/work, not synced
  mime::LeafPart leaf;
  std::optional<InstanceHeader> header;  // as in PartReply
  std::optional<Error> error;
};

// A DICOM object that was made from a document.
struct ConvertedDocument {
  std::filesystem::path file;  // in spool/work, not synced
  InstanceHeader header;
};

// The changed copy of an instance.
struct TransformedFile {
  std::filesystem::path file;            // in spool/work, not synced
  std::optional<InstanceHeader> header;  // nullopt: nothing was changed, and there is no copy
  std::vector<ReplacedIdentifier> replaced;
};

// The coded copy of an instance.
struct CodedInstance {
  std::filesystem::path file;  // in spool/work, not synced; empty: there is none, as CodingReply says
  InstanceHeader header;
  std::string why;
  bool differs = false;
};

// One of the messages that are encrypted in a mail.
struct OpenedMessage {
  MessageReply reply;
  std::vector<OpenedPart> parts;
};

struct OpenedContent {
  std::vector<OpenedMessage> messages;  // at least one
  // Corrupt: a part of the mail that is in none of the messages.
  std::optional<Error> leftover;
};

// The time that one start and one mail may take.
struct OpenTimes {
  Milliseconds start{30'000};
  Milliseconds open{120'000};  // by the clock, plus ForBytes()
  // Computing time of all threads of the worker, plus ForBytes().
  Milliseconds computing{kSanitized ? 200'000 : 30'000};
  // Computing time of a mail that must hold up no other mail. It gets 50 ms more for each megabyte,
  // which is five times what an honest mail takes.
  Milliseconds quick{kSanitized ? 20'000 : 2'000};

  // Returns the additional time for a mail of so many bytes: a second for each megabyte.
  static Milliseconds ForBytes(std::uint64_t bytes) {
    return Milliseconds(static_cast<std::int64_t>(bytes / 1'000'000 * 1000));
  }
};

// Names the program that the workers are, and says how they read text.
struct WorkerProgram {
  std::filesystem::path file;  // this executable, which is started as `FILE open-worker`
  // In this character set a worker reads text of instances that have no usable one.
  std::string default_character_set = std::string(dicom::kUsualCharacterSet);
};

class OpenProcess {
 public:
  // References must outlive the object.
  OpenProcess(WorkerProgram program, const security::Keys& keys, const spool::Spool& spool,
              const OpenTimes& times = {});
  ~OpenProcess();
  OpenProcess(const OpenProcess&) = delete;
  OpenProcess& operator=(const OpenProcess&) = delete;

  // Has each header name these attributes besides, in InstanceHeader::asked. It counts from the
  // next start of the worker, so it is called before everything else.
  void AskFor(std::vector<AttributePath> query) { query_ = std::move(query); }

  // Begins a mail: one file, or all fragments with number 1 first. If `quick_share` is not 0, this
  // call and the following ones fail with transient "open-slow" when they take too much computing
  // time. The limit is OpenTimes::quick divided by this number, plus the time for the mail's size.
  Result<mime::Envelope> Begin(const std::vector<std::filesystem::path>& files, unsigned quick_share = 0);
  // Opens the mail that was begun. The caller may use the parts' files until End(). Only the
  // signatures of `partner` count. nullptr means that nobody's signatures count.
  Result<OpenedContent> Open(const security::PartnerKey* partner);
  // Reads the report in the mail that was begun, which is not encrypted.
  Result<ReportReply> ReadReport(const security::PartnerKey* partner);
  // Returns the joined content of a mail that was begun with several files, or with the only
  // fragment of a message. The caller may use the file until End(). The path is empty if nothing
  // was joined.
  [[nodiscard]] std::filesystem::path joined_file() const;
  // Call it in place of Begin() and the calls above; End() ends it too. Errors: corrupt
  // "document-not-convertible" (no DICOM object can be made from this type), and those of
  // dicom::WriteDocumentObject.
  Result<ConvertedDocument> Convert(const std::filesystem::path& document, const std::filesystem::path& reference,
                                    const ConvertRequest& request);
  // Reads the header of a Part 10 file, without the hash. Call it in place of Begin(). Errors:
  // corrupt, those of dicom::ReadHeader().
  Result<InstanceHeader> ReadHeader(const std::filesystem::path& file);
  // Returns the digest of a Part 10 file as text. Call it in place of Begin(). Errors: corrupt,
  // those of dicom::ReadHeader() and of dicom::MakeDigest(), or, with `decoded`, of
  // dicom::MakeDecodedDigest().
  Result<std::string> Digest(const std::filesystem::path& file, bool decoded);
  // Carries out a recipe, in the form of recipe_forms.h, on a Part 10 file. Call it in place of
  // Begin(). The worker keeps the recipe until another one comes. Errors: corrupt, those of
  // RunRecipe().
  Result<TransformedFile> Transform(const std::filesystem::path& file, const std::string& recipe,
                                    const TransformRequest& request);
  // Writes a copy of a Part 10 file in another coding. Call it in place of Begin(). Errors: those
  // of dicom::ReadHeader() and dicom::CodeInstance().
  Result<CodedInstance> Code(const std::filesystem::path& file, Coding coding);
  // Returns in which attributes a changed copy differs from its original, as dicom::Differences()
  // finds them. Call it in place of Begin().
  Result<std::vector<AttributeDifference>> Compare(const std::filesystem::path& original,
                                                   const std::filesystem::path& copy);
  // Returns whether an error of these calls says that the worker was ended.
  static bool SaysWorkerEnded(const Error& error);
  // Ends the mail, and removes every work file that is still in its place.
  void End();

 private:
  Result<void> Start();
  Result<void> Started();
  Result<void> SendKeys();
  Result<void> SendQuery();
  // Returns whether the worker named only what it was asked for. What it did not name is absent.
  bool TakeAsked(InstanceHeader& header) const;
  Result<void> SendRecipe(const std::string& recipe);
  Result<void> SendPartner(const security::PartnerKey* partner);
  // Returns the number of bytes that were sent.
  Result<std::uint64_t> SendInput(const std::vector<std::filesystem::path>& files);
  // Returns the next packet that is no request for a file. It serves these requests.
  Result<Packet> Receive();
  Result<void> ServeFile();
  Error Died(const Error& how);
  // Sets how long the worker may take from now on, by the clock and in computing time.
  void AllowTime(Milliseconds time, Milliseconds computing);
  bool MayBePart(const PartReply& part);
  Result<void> TakePart(const std::string& json, OpenedContent& content);
  // Returns how the child ended if it ends by itself within a moment.
  std::optional<int> AwaitEnd();
  void Kill();
  template <typename T>
  Result<T> Ask(const nlohmann::json& request, const char* answer, std::optional<T> (*read)(const std::string&));
  // Ends a dead or confused worker, so that the next mail starts a new one.
  template <typename T>
  Result<T> Checked(Result<T> result);

  const WorkerProgram program_;
  const security::Keys& keys_;
  const spool::Spool& spool_;
  const OpenTimes times_;
  std::vector<AttributePath> query_;
  pid_t pid_ = -1;
  UniqueFd socket_;
  std::vector<std::filesystem::path> work_files_;
  std::string recipe_;                 // what the worker has; empty if it has none
  std::set<std::size_t> named_;        // those that part packets have named
  std::filesystem::path joined_;       // one of the work files
  std::int64_t deadline_ms_ = 0;       // by the monotonic clock
  std::int64_t computing_end_ms_ = 0;  // by the worker's own computing time
  std::int64_t quick_end_ms_ = 0;      // likewise; 0 if there is no limit
  std::size_t replied_ = 0;            // bytes of the worker's packets for this mail
};

}  // namespace gateway::opener
