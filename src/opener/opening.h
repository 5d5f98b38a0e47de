// The work of the open worker on one mail, or one document, from its input to `done`
// (open_protocol.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/handles.h"
#include "dicom/attribute_query.h"
#include "gateway/coding.h"
#include "mime/encrypted_leaf.h"
#include "opener/open_protocol.h"
#include "opener/plain_text.h"
#include "security/openers.h"

namespace gateway::opener {

class Opening {
 public:
  // `memory` is for PlainText, and `query` for each header. Text of instances without a usable
  // character set is read in `default_set`. References must outlive the object.
  Opening(int socket, const security::MailOpeners& openers, const PlainText::Memory& memory,
          const std::string& default_set, const dicom::AttributeQuery& query)
      : socket_(socket), openers_(openers), memory_(memory), default_set_(default_set), query_(query) {}

  void AddInput(std::vector<UniqueFd> descriptors);
  // Reads the envelope of the mail. If the mail only wraps another one, it is that one's envelope,
  // and the inner mail is the mail from then on.
  Result<mime::Envelope> ReadEnvelope();
  // Sends a message packet for each message that is encrypted in the mail, and a part packet for
  // each leaf of it. If the mail holds only one message, and it cannot be read, the call returns
  // that error.
  Result<OpenEnd> Open();
  Result<ReportReply> ReadReport();
  // Reads the header of the input, which is a Part 10 file.
  Result<InstanceHeader> ReadHeader();
  Result<DigestText> Digest(bool decoded);
  // Carries out the recipe on the input, which is a Part 10 file. Sends a replaced packet for each
  // few identifiers that the copy has new ones for.
  Result<Transformed> Transform(const Recipe& recipe, const TransformRequest& request);
  // Compares the input, which is a Part 10 file and a changed copy of it. Returns the end of the
  // differences, after sending the others.
  Result<DifferenceReply> Compare();
  // Codes the input, which is a Part 10 file, into a new file.
  Result<CodingReply> Code(Coding coding);
  // Converts the input, which is a document and a Part 10 file of its study.
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
  // Returns whether mails that are in the mail in base64 hold something encrypted. `size` is that
  // of the mail.
  Result<bool> EnclosesEncrypted(std::uint64_t size);
  // A fragment that is all of its message waits for no other one, so what it encloses becomes the
  // mail. Returns the envelope of that mail.
  Result<mime::Envelope> UnwrapLoneFragments();
  Result<void> Join(const std::vector<int>& fragments);
  // The mail in the wrapper becomes the mail.
  Result<void> Unwrap(const mime::WrappedMail& wrapped);

  // Opens all messages of one leaf. A corrupt error says that what follows the last message is no
  // message.
  Result<void> OpenLeaf(const mime::EncryptedLeaf& leaf);
  Result<void> OpenMessage(const mime::EncryptedLeaf& leaf, security::SealedMessages& sealed);
  Result<void> SendReply(MessageReply reply, const std::vector<Part>& parts);
  Result<security::Protection> Decrypt(security::SealedMessages& sealed, PlainText& plain);
  // Reads the signatures of a multipart/signed (RFC 3156 sections 5 and 6.1) around the entity in
  // `fd`, its first `size` bytes, and the report that the entity is. If there is a signature, only
  // what it covers is read as a report.
  Result<ReportReply> ReadSigned(int fd, std::uint64_t size);
  Result<void> Unpack(const PlainText& plain, const std::string& name, MessageReply& reply, std::vector<Part>& parts);
  Result<void> SendPart(const Part& unpacked);
  [[nodiscard]] Result<void> AddDigest(int file, InstanceHeader& header) const;
  // Makes a Part 10 file from a bare data set, so that all later steps see one form only.
  Result<void> AddMetaHeader(const NumberedFile& bare, PartReply& part);
  Result<NumberedFile> NewFile();
  // Makes files for mails that the mail encloses. They stay until the end of the work.
  mime::MakeFile FilesForEnclosed();

  const int socket_;
  const security::MailOpeners& openers_;
  const PlainText::Memory& memory_;
  const std::string& default_set_;
  const dicom::AttributeQuery& query_;
  const mime::ReadLimits limits_;
  std::vector<UniqueFd> input_;
  std::vector<NumberedFile> made_;  // the files of what was joined, unwrapped or enclosed
  int mail_ = -1;
  std::size_t next_file_ = 0;
  std::uint64_t opened_bytes_ = 0;      // of all messages
  std::size_t parts_ = 0;               // of all messages
  std::size_t messages_ = 0;            // messages that were read
  std::optional<Error> first_failure_;  // the first error of a message
};

}  // namespace gateway::opener
