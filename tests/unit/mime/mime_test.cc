#include "mime_test.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <span>

namespace gateway::mime {

TempDirectory::TempDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dmgw-mime-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TempDirectory::Write(const std::string& name, std::string_view content) const {
  const auto file = path_ / name;
  std::filesystem::remove(file);
  UniqueFd fd = CreateFile(file).value();
  EXPECT_TRUE(WriteAll(fd.get(), content).ok());
  return file;
}

UniqueFd FileWith(std::string_view content) {
  UniqueFd fd(::memfd_create("mime-test", MFD_CLOEXEC));
  EXPECT_TRUE(WriteAll(fd.get(), content).ok());
  return fd;
}

std::string ReadAll(Source& source) {
  StringSink sink;
  const auto copied = Copy(source, sink);
  EXPECT_TRUE(copied.ok()) << copied.error().code;
  return sink.text();
}

std::string ReadInPieces(Source& source) {
  std::string all;
  for (std::size_t size = 1;; size = size * 7 % 1021) {
    std::string piece(size, '\0');
    const auto count = source.Read(piece);
    EXPECT_TRUE(count.ok());
    if (!count || *count == 0) return all;
    all.append(piece, 0, *count);
  }
}

std::string ReadWhole(const std::filesystem::path& path) {
  auto source = FileSource::Open(path);
  EXPECT_TRUE(source.ok()) << path;
  return source ? ReadAll(*source) : std::string();
}

std::string RandomBytes(std::uint32_t seed, std::size_t length, std::string_view alphabet) {
  std::mt19937 random(seed);
  std::string bytes(length, '\0');
  for (char& c : bytes) {
    const std::uint32_t number = random();
    c = alphabet.empty() ? static_cast<char>(number >> 8) : alphabet[(number >> 8) % alphabet.size()];
  }
  return bytes;
}

std::string Replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string Shell(const std::string& command, const std::filesystem::path& directory) {
  const std::string line = "cd " + directory.string() + " && { " + command + "\n} 2>&1";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), [](FILE*) { return 0; });
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), count);
  }
  EXPECT_EQ(::pclose(pipe.release()), 0) << command << "\n" << output;
  return output;
}

std::string Python(const std::string& script, const std::string& arguments, const TempDirectory& directory) {
  directory.Write("script.py", script);
  return Shell("/usr/bin/python3 script.py " + arguments, directory.path());
}

ReadEntity ReadInner(std::string_view entity, const ReadLimits& limits) {
  const UniqueFd fd = FileWith(entity);
  ReadEntity read;
  std::vector<std::unique_ptr<StringSink>> sinks;
  const auto summary = ReadInnerEntity(fd.get(), limits, [&](const LeafPart& part) -> Result<Sink*> {
    read.parts.push_back({part, {}});
    sinks.push_back(std::make_unique<StringSink>());
    return sinks.back().get();
  });
  for (std::size_t i = 0; i < sinks.size(); ++i) read.parts[i].content = sinks[i]->text();
  if (summary) {
    read.summary = *summary;
  } else {
    read.result = summary.error();
  }
  return read;
}

Envelope EnvelopeOf(std::string_view mail) {
  const UniqueFd fd = FileWith(mail);
  const auto envelope = ReadEnvelope(fd.get(), {});
  EXPECT_TRUE(envelope.ok()) << envelope.error().code << " " << envelope.error().detail;
  return envelope ? *envelope : Envelope{};
}

std::string CodeOfEnvelope(std::string_view mail, const ReadLimits& limits) {
  const UniqueFd fd = FileWith(mail);
  const auto envelope = ReadEnvelope(fd.get(), limits);
  return envelope ? "" : envelope.error().code;
}

std::optional<Report> ReportOf(std::string_view mail, const ReadLimits& limits) {
  const UniqueFd fd = FileWith(mail);
  const auto report = ReadReport(fd.get(), limits);
  EXPECT_TRUE(report.ok()) << report.error().code << " " << report.error().detail;
  return report ? *report : std::nullopt;
}

std::string EncryptedBody(std::string_view mail) {
  const UniqueFd fd = FileWith(mail);
  const auto body = OpenEncryptedBody(fd.get(), {});
  if (!body) return body.error().code;
  std::string text = ReadInPieces(**body);
  const std::size_t tail = text.find("\n-----END PGP MESSAGE-----");
  const std::size_t end = tail == text.npos ? text.npos : text.find('\n', tail + 1);
  return end == text.npos ? text : text.substr(0, end + 1);
}

std::string Armor(std::size_t data_lines, std::uint32_t seed) {
  constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string armor = "-----BEGIN PGP MESSAGE-----\nVersion: test\n\n";
  for (std::size_t i = 0; i < data_lines; ++i) {
    armor += RandomBytes(seed + static_cast<std::uint32_t>(i), 64, kBase64) + "\n";
  }
  return armor + "=njUN\n-----END PGP MESSAGE-----\n";
}

std::string Part(const std::string& fields, const std::string& body) {
  return fields + "\r\n\r\n" + body + "\r\n";
}

std::string Mixed(const std::vector<std::string>& parts, const std::string& kind) {
  std::string mail = "From: a@b.example\r\nContent-Type: multipart/" + kind + "; boundary=\"=_o\"\r\n\r\n";
  for (const std::string& part : parts) mail += "--=_o\r\n" + part;
  return mail + "--=_o--\r\n";
}

MailParts PartsOf(const std::string& mail) {
  const UniqueFd fd = FileWith(mail);
  const auto parts = FindMailParts(fd.get(), mail.size(), {});
  EXPECT_TRUE(parts.ok()) << parts.error().code << " " << parts.error().detail;
  return parts ? *parts : MailParts{};
}

std::string LeftoverOf(const std::string& mail) {
  const MailParts parts = PartsOf(mail);
  return parts.leftover ? parts.leftover->code : "";
}

OuterHeader SomeHeader() {
  OuterHeader header;
  header.from = "gw@a.example";
  header.to = "tele@b.example";
  header.subject = "DICOM-eMail";
  header.message_id = "0123456789abcdef@a.example";
  header.date = Time(Milliseconds(1371114745678LL));
  header.set = TelemedicineSet{"20130612.9125.4711", 3, 120};
  header.receipt_to = "gw@a.example";
  return header;
}

std::string EncryptedMessage(const OuterHeader& header, const std::string& armor) {
  StringSink sink;
  const auto written = WriteEncryptedMessage(
      header, [&](Sink& out) { return out.Write(armor); }, sink);
  EXPECT_TRUE(written.ok()) << written.error().code << " " << written.error().detail;
  return sink.text();
}

}  // namespace gateway::mime
