#include "mime/enclosed_mails.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "base/files.h"
#include "mime/error_codes.h"
#include "mime/gmime_values.h"

namespace gateway::mime {
namespace {

constexpr unsigned kMostCopies = 100;

// Returns whether the first line is a field of a mail's header, or the "From " line of a mailbox
// file. Otherwise it is another file, whatever its type says.
bool LooksLikeHeader(std::string_view beginning) {
  if (beginning.starts_with("From ")) return true;
  const std::string_view name = beginning.substr(0, beginning.find(':'));
  return !name.empty() && name.size() < beginning.size() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

// Passes on at most `limit` bytes.
class LimitedSink : public Sink {
 public:
  LimitedSink(Sink& sink, std::uint64_t limit) : sink_(sink), left_(limit) {}
  Result<void> Write(std::string_view bytes) override {
    if (bytes.size() > left_) return Corrupt(codes::kMailTooLarge, "mails in mails");
    left_ -= bytes.size();
    return sink_.Write(bytes);
  }
  [[nodiscard]] std::uint64_t left() const { return left_; }

 private:
  Sink& sink_;
  std::uint64_t left_;
};

}  // namespace

bool IsMailType(std::string_view type) {
  return type == "message/rfc822" || type == "message/global";
}

bool IsEnclosedMail(const Leaf& leaf, std::string_view beginning) {
  return IsMailType(leaf.type.type) && LooksLikeHeader(beginning);
}

Result<MailToSearch> EnclosedMails::Copy(const MailToSearch& around, const Leaf& leaf) {
  if (around.depth + 1 >= limits_.depth) return Corrupt(codes::kMimeTooDeep, "mails in mails");
  if (++copies_ > kMostCopies) return Corrupt(codes::kTooManyParts, "more than 100 mails in mails");
  GATEWAY_ASSIGN(const int fd, make_file_());
  FdSink file(fd);
  LimitedSink sink(file, left_);
  const std::unique_ptr<Source> source = OpenDecoded(around.fd, leaf.body, leaf.encoding);
  GATEWAY_TRY(gateway::Copy(*source, sink));
  GATEWAY_TRY(file.Flush());
  left_ = sink.left();
  return MailToSearch{fd, file.written(), around.depth + 1};
}

}  // namespace gateway::mime
