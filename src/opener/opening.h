// What the open worker does with one mail, or one document, from its input to `done` (open_protocol.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/handles.h"
#include "mime/encrypted_leaf.h"
#include "opener/open_protocol.h"
#include "opener/plain_text.h"
#include "security/mail_security.h"

namespace gateway::opener {

class Opening {
 public:
  // `memory`: for PlainText. References must outlive it.
  Opening(int socket, security::MailOpener& opener, const PlainText::Memory& memory)
      : socket_(socket), opener_(opener), memory_(memory) {}

  void AddInput(std::vector<UniqueFd> descriptors);
  // Of the mail; where it only wraps another, of that one, which is the mail from then on.
  Result<mime::Envelope> ReadEnvelope();
  // Sends a message packet for each message that is encrypted in the mail, and a part packet for each leaf of it. Where
  // the mail holds one only, and that cannot be read, its error.
  Result<OpenEnd> Open();
  Result<PlainReport> ReadReport();
  // The input is a Part 10 file.
  Result<InstanceHeader> ReadHeader();
  Result<DigestText> Digest(bool decoded);
  // The input is a document and a Part 10 file of its study.
  Result<Converted> Convert(const ConvertRequest& request);

 private:
  struct NumberedFile {
    std::size_t number = 0;
    UniqueFd fd;
  };
  struct Part {
    mime::LeafPart leaf;
    NumberedFile file;
  };

  Result<void> JoinInput();
  // A fragment that is all of its message waits for no other: what it encloses is the mail. Its envelope.
  Result<mime::Envelope> UnwrapLoneFragments();
  Result<void> Join(const std::vector<int>& fragments);
  // Makes the mail in the wrapper the mail.
  Result<void> Unwrap(const mime::WrappedMail& wrapped);

  // All messages of one leaf. A corrupt error: what follows the last one is none.
  Result<void> OpenLeaf(const mime::EncryptedLeaf& leaf);
  Result<void> OpenMessage(const mime::EncryptedLeaf& leaf, security::SealedMessages& sealed);
  Result<void> Report(OpenReport report, const std::vector<Part>& parts);
  Result<security::Protection> Decrypt(security::SealedMessages& sealed, PlainText& plain);
  // The signatures of a multipart/signed (RFC 3156 sections 5 and 6.1) around the entity in `fd`, its first `size`
  // bytes, and the report that the entity is. Where there is a signature, only what it covers is read as a report.
  Result<PlainReport> ReadSigned(int fd, std::uint64_t size);
  Result<void> Unpack(const PlainText& plain, const std::string& name, OpenReport& report, std::vector<Part>& parts);
  Result<void> ReportPart(const Part& unpacked);
  static Result<void> AddDigest(int file, InstanceHeader& header);
  // A bare data set becomes a Part 10 file, so that everything behind sees one form only.
  Result<void> AddMetaHeader(const NumberedFile& bare, PartReport& part);
  Result<NumberedFile> NewFile();

  const int socket_;
  security::MailOpener& opener_;
  const PlainText::Memory& memory_;
  const mime::ReadLimits limits_;
  std::vector<UniqueFd> input_;
  std::vector<NumberedFile> made_;  // of what was joined or unwrapped
  int mail_ = -1;
  std::size_t next_file_ = 0;
  std::uint64_t opened_bytes_ = 0;      // of all messages
  std::size_t parts_ = 0;               // likewise
  std::size_t messages_ = 0;            // that were read
  std::optional<Error> first_failure_;  // of a message
};

}  // namespace gateway::opener
