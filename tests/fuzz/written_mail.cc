// What we write we read back: inner entity, multipart/signed, multipart/encrypted, fragments and
// their joining.

#include <algorithm>
#include <vector>

#include "base/files.h"
#include "fuzz.h"
#include "mime/joiner.h"
#include "mime/mail_reader.h"
#include "mime/mail_writer.h"
#include "mime/splitter.h"

namespace gateway::fuzz {
namespace {

struct Part {
  UniqueFd file;
  std::string content;
};

class Collector : public Sink {
 public:
  explicit Collector(std::string& text) : text_(text) {}
  Result<void> Write(std::string_view bytes) override {
    text_.append(bytes);
    return {};
  }

 private:
  std::string& text_;
};

mime::InnerEntity Entity(FuzzedDataProvider& input, std::vector<Part>& parts) {
  mime::InnerEntity entity;
  entity.set = {"fuzz.4711", input.ConsumeIntegralInRange<std::uint32_t>(1, 9), 9};
  entity.encoding = input.ConsumeBool() ? InnerEncoding::binary : InnerEncoding::base64;
  entity.content_id = input.ConsumeBool() ? "x@fuzz" : "";
  const unsigned count = input.ConsumeIntegralInRange<unsigned>(1, 4);
  for (unsigned i = 0; i < count; ++i) {
    std::string name = input.ConsumeRandomLengthString(40);
    std::string content = i + 1 == count ? input.ConsumeRemainingBytesAsString() : input.ConsumeRandomLengthString();
    Part part{FileWith(content), std::move(content)};
    entity.parts.push_back({PathOf(part.file), "application/dicom", std::move(name)});
    parts.push_back(std::move(part));
  }
  return entity;
}

void ReadBack(const std::string& text, const mime::InnerEntity& entity, const std::vector<Part>& parts) {
  const UniqueFd file = FileWith(text);
  std::vector<std::string> read;
  std::vector<Collector> sinks;
  read.reserve(parts.size());
  sinks.reserve(parts.size());
  const auto next = [&](const mime::LeafPart&) -> Result<Sink*> {
    PROMISE(read.size() < parts.size());
    return &sinks.emplace_back(read.emplace_back());
  };
  const auto summary = mime::ReadInnerEntity(file.get(), {}, next);
  PROMISE(summary && summary->parts == parts.size() && summary->set == entity.set);
  for (std::size_t i = 0; i < parts.size(); ++i) PROMISE(read[i] == parts[i].content);
}

void SignAndReadBack(const std::string& text) {
  StringSource source(text);
  StringSink sink;
  const std::string signature = "-----BEGIN PGP SIGNATURE-----\r\n\r\nAAAA\r\n-----END PGP SIGNATURE-----\r\n";
  PROMISE(mime::WriteSignedEntity(source, signature, "pgp-sha256", sink));
  const UniqueFd file = FileWith(sink.text());
  const auto found = mime::ReadSignedEntity(file.get(), {});
  PROMISE(found && *found);
  PROMISE(Drain(*mime::OpenRaw(file.get(), (*found)->signed_range)) == text);
  PROMISE((*found)->signature.find("AAAA") != std::string::npos);
}

mime::OuterHeader Header(const std::string& id) {
  return {"a@fuzz.example",
          "b@fuzz.example",
          "DICOM-eMail",
          id,
          FromUnixMilliseconds(1'700'000'000'000),
          TelemedicineSet{"fuzz.4711", 1, 9},
          "a@fuzz.example",
          false,
          ""};
}

// The payload as base64 lines, as in armor, with blank lines where the payload says so.
std::string ArmorOf(const std::string& payload) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string armor = "-----BEGIN PGP MESSAGE-----\r\n\r\n";
  std::size_t column = 0;
  for (const char c : payload.substr(0, 20'000)) {
    armor += kDigits[static_cast<unsigned char>(c) % 64];
    if (++column % 64 == 0) armor += "\r\n";
  }
  if (column % 64 != 0) armor += "\r\n";
  return armor + "-----END PGP MESSAGE-----\r\n";
}

std::string EncryptedBodyOf(const UniqueFd& mail) {
  const auto envelope = mime::ReadEnvelope(mail.get(), {});
  PROMISE(envelope && envelope->kind == mime::MailKind::encrypted && envelope->set);
  auto body = mime::OpenEncryptedBody(mail.get(), {});
  PROMISE(body);
  return Drain(**body);
}

UniqueFd SplitAndJoin(const UniqueFd& message, std::uint64_t max_size) {
  const auto ranges = mime::SplitMessage(message.get(), max_size);
  PROMISE(ranges && !ranges->empty());
  std::vector<UniqueFd> fragments;
  std::vector<int> descriptors;
  for (std::size_t i = 0; i < ranges->size(); ++i) {
    const auto number = static_cast<unsigned>(i + 1);
    const auto source = mime::OpenFragment({Header("f@fuzz"), "m@fuzz", number, static_cast<unsigned>(ranges->size())},
                                           message.get(), (*ranges)[i]);
    bool failed = false;
    const std::string text = Drain(*source, &failed);
    PROMISE(!failed && (ranges->size() == 1 || text.size() <= max_size));
    fragments.push_back(FileWith(text));
    descriptors.push_back(fragments.back().get());
  }
  StringSink joined;
  PROMISE(mime::JoinFragments(descriptors, {}, joined));
  return FileWith(joined.text());
}

void EncryptSplitAndJoin(const std::string& payload, std::uint64_t max_size) {
  const std::string armor = ArmorOf(payload);
  StringSink sink;
  PROMISE(mime::WriteEncryptedMessage(
      Header("m@fuzz"), [&](Sink& body) { return body.Write(armor); }, sink));
  const UniqueFd message = FileWith(sink.text());
  PROMISE(EncryptedBodyOf(message).starts_with(armor));
  const UniqueFd joined = SplitAndJoin(message, max_size);
  PROMISE(EncryptedBodyOf(joined) == EncryptedBodyOf(message));
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  FuzzedDataProvider input(data, size);
  const auto max_size = input.ConsumeIntegralInRange<std::uint64_t>(6'000, 12'000);
  std::vector<Part> parts;
  const gateway::mime::InnerEntity entity = Entity(input, parts);
  auto source = gateway::mime::OpenInnerEntity(entity);
  if (!source) {
    PROMISE(source.error().code == "header-not-writable");
    return 0;
  }
  bool failed = false;
  const std::string text = Drain(**source, &failed);
  PROMISE(!failed);
  ReadBack(text, entity, parts);
  SignAndReadBack(text);
  EncryptSplitAndJoin(parts.back().content, max_size);
  return 0;
}
