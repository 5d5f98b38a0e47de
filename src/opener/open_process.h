// The daemon's side of an open worker: starts it, gives it one mail at a time, and outlives it. When the worker dies,
// hangs, computes too long, needs more memory than it may have or talks nonsense, the mail fails with corrupt
// "open-worker-died" ("open-timeout", "open-cpu-time", "open-out-of-memory") and the next one gets a new worker.
// SIGKILL is nothing that a mail does, but a person, or the kernel when memory runs out: transient
// "open-worker-killed". Not thread-safe: one object a thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/sanitizers.h"
#include "gateway/time.h"
#include "opener/open_protocol.h"
#include "openpgp/key_material.h"
#include "spool/spool.h"

namespace gateway::opener {

struct OpenedPart {
  std::filesystem::path file;  // in spool/work, not synced
  mime::LeafPart leaf;
  std::optional<InstanceHeader> header;  // as in PartReport
  std::optional<Error> error;
};

// A DICOM object made of a document.
struct ConvertedDocument {
  std::filesystem::path file;  // in spool/work, not synced
  InstanceHeader header;
};

// One of the messages that are encrypted in a mail.
struct OpenedMessage {
  OpenReport report;
  std::vector<OpenedPart> parts;
};

struct OpenedContent {
  std::vector<OpenedMessage> messages;  // at least one
  std::optional<Error> leftover;        // corrupt: something of the mail is in none of them
};

// How long one start and one mail may take.
struct OpenTimes {
  Milliseconds start{30'000};
  Milliseconds open{120'000};  // by the clock, and ForBytes()
  // Of the processors, by all threads of the worker; and ForBytes().
  Milliseconds computing{kSanitized ? 200'000 : 30'000};
  // Of a mail that is to hold up no other; and 50 ms a megabyte, five times what an honest one takes.
  Milliseconds quick{kSanitized ? 20'000 : 2'000};

  // More, for a mail of so many bytes: a second a megabyte.
  static Milliseconds ForBytes(std::uint64_t bytes) {
    return Milliseconds(static_cast<std::int64_t>(bytes / 1'000'000 * 1000));
  }
};

class OpenProcess {
 public:
  // `program`: this executable, which is started as `PROGRAM open-worker`. References must outlive the object.
  OpenProcess(std::filesystem::path program, const openpgp::KeyMaterial& keys, const spool::Spool& spool,
              const OpenTimes& times = {});
  ~OpenProcess();
  OpenProcess(const OpenProcess&) = delete;
  OpenProcess& operator=(const OpenProcess&) = delete;

  // Begins a mail: one file, or all fragments, number 1 first. `quick_share`
  // not 0: it and what is asked of it fail with transient "open-slow" when they take more computing than
  // OpenTimes::quick through this number, and what their size allows.
  Result<mime::Envelope> Begin(const std::vector<std::filesystem::path>& files, unsigned quick_share = 0);
  // Of the mail that was begun. The parts' files are the caller's until End(). `partner`: the only one whose signatures
  // count; nullptr: nobody's do.
  Result<OpenedContent> Open(const openpgp::PartnerKey* partner);
  // Of the mail that was begun, which is not encrypted.
  Result<PlainReport> ReadReport(const openpgp::PartnerKey* partner);
  // The joined content of a mail that was begun with several files, or with the only fragment of a message; the
  // caller's until End(); empty: nothing was joined.
  [[nodiscard]] std::filesystem::path joined_file() const;
  // Instead of Begin() and the others; End() ends it too. corrupt "document-not-convertible" (no DICOM object can be
  // made of this type), and those of dicom::WriteDocumentObject.
  Result<ConvertedDocument> Convert(const std::filesystem::path& document, const std::filesystem::path& reference,
                                    const ConvertRequest& request);
  // Of a Part 10 file, without the hash; instead of Begin() too. corrupt: as dicom::ReadHeader().
  Result<InstanceHeader> ReadHeader(const std::filesystem::path& file);
  // The digest of a Part 10 file, in text form; instead of Begin() too. corrupt: as dicom::ReadHeader(), and as
  // dicom::MakeDigest() or, with `decoded`, dicom::MakeDecodedDigest().
  Result<std::string> Digest(const std::filesystem::path& file, bool decoded);
  // Whether an error of the above says that the worker was ended.
  static bool SaysWorkerEnded(const Error& error);
  // Ends the mail: every work file that is still in its place goes.
  void End();

 private:
  Result<void> Start();
  Result<void> Started();
  Result<void> SendKeys();
  Result<void> SendPartner(const openpgp::PartnerKey* partner);
  // The bytes that were sent.
  Result<std::uint64_t> SendInput(const std::vector<std::filesystem::path>& files);
  // The next packet that is no request for a file; those are served.
  Result<Packet> Receive();
  Result<void> ServeFile();
  Error Died(const Error& how);
  // From now on, by the clock and of computing.
  void AllowTime(Milliseconds time, Milliseconds computing);
  bool MayBePart(const PartReport& part);
  Result<void> TakePart(const std::string& json, OpenedContent& content);
  // What became of the child, where it ends of itself within a moment.
  std::optional<int> AwaitEnd();
  void Kill();
  template <typename T>
  Result<T> Ask(const nlohmann::json& request, const char* answer, std::optional<T> (*read)(const std::string&));
  // A dead or confused worker is ended, so that the next mail starts a new one.
  template <typename T>
  Result<T> Checked(Result<T> result);

  const std::filesystem::path program_;
  const openpgp::KeyMaterial& keys_;
  const spool::Spool& spool_;
  const OpenTimes times_;
  pid_t pid_ = -1;
  UniqueFd socket_;
  std::vector<std::filesystem::path> work_files_;
  std::set<std::size_t> named_;        // of them, in part packets
  std::filesystem::path joined_;       // one of them
  std::int64_t deadline_ms_ = 0;       // monotonic
  std::int64_t computing_end_ms_ = 0;  // of the worker's own clock
  std::int64_t quick_end_ms_ = 0;      // of it; 0: none
  std::size_t replied_ = 0;            // bytes of its packets for this mail
};

}  // namespace gateway::opener
