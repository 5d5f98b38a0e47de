#include "mail_kit.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/mman.h>

#include <algorithm>

#include "base/files.h"

namespace gateway::inspect {
namespace {

openpgp::GeneratedKey Generate(const char* user_id) {
  Result<openpgp::GeneratedKey> key = openpgp::GenerateKey(user_id, "", 0);
  EXPECT_TRUE(key.ok());
  return *key;
}

// Explicit VR Little Endian, with a short length.
std::string Element(unsigned group, unsigned element, const std::string& vr, std::string value, char pad = '\0') {
  if (value.size() % 2 != 0) value += pad;
  std::string bytes;
  for (const unsigned number : {group, element}) {
    bytes += static_cast<char>(number & 0xff);
    bytes += static_cast<char>(number >> 8);
  }
  bytes += vr;
  bytes += static_cast<char>(value.size() & 0xff);
  bytes += static_cast<char>(value.size() >> 8);
  return bytes + value;
}

UniqueFd FileOf(const std::string& content) {
  UniqueFd fd(::memfd_create("mail", MFD_CLOEXEC));
  EXPECT_TRUE(WriteAll(fd.get(), content).ok());
  return fd;
}

Keys MakeKeys(Given given) {
  Keys keys = *Keys::Make();
  if (given == Given::no_key) return keys;
  EXPECT_TRUE(keys.AddOwn(KeyOfB().secret_armored, Secret()).ok());
  if (given == Given::among_others || given == Given::only_others) {
    static const openpgp::GeneratedKey other = Generate("C <c@hospital-c.example>");
    EXPECT_TRUE(keys.AddPartners(other.public_armored).ok());
  }
  if (given == Given::both_keys || given == Given::among_others) {
    EXPECT_TRUE(keys.AddPartners(KeyOfA().public_armored).ok());
  }
  return keys;
}

}  // namespace

const openpgp::GeneratedKey& KeyOfA() {
  static const openpgp::GeneratedKey key = Generate("A <a@hospital-a.example>");
  return key;
}

const openpgp::GeneratedKey& KeyOfB() {
  static const openpgp::GeneratedKey key = Generate("B <b@hospital-b.example>");
  return key;
}

std::string DicomFile() {
  const std::string sop_class = "1.2.840.10008.5.1.4.1.1.2";
  const std::string instance = "1.2.826.0.1.3680043.8.498.4711.1";
  const std::string meta =
      Element(2, 2, "UI", sop_class) + Element(2, 3, "UI", instance) + Element(2, 0x10, "UI", "1.2.840.10008.1.2.1");
  const std::string length{static_cast<char>(meta.size()), 0, 0, 0};
  return std::string(128, '\0') + "DICM" + Element(2, 0, "UL", length) + meta + Element(8, 0x16, "UI", sop_class) +
         Element(8, 0x18, "UI", instance) + Element(8, 0x60, "CS", "CT") +
         Element(8, 0x1030, "LO", "Schaedel nativ", ' ') + Element(0x20, 0x0d, "UI", "1.2.826.0.1.3680043.8.498.4711") +
         Element(0x20, 0x0e, "UI", "1.2.826.0.1.3680043.8.498.4711.2");
}

std::string InBase64(const std::string& bytes) {
  std::string line(4 * (bytes.size() / 3 + 1) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(line.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  line.resize(static_cast<std::size_t>(size));
  std::string lines;
  for (std::size_t at = 0; at < line.size(); at += 76) lines += line.substr(at, 76) + "\r\n";
  return lines;
}

std::string InnerOf(const Parts& parts) {
  if (!parts.inner.empty()) return parts.inner;
  return "Content-Type: multipart/mixed; boundary=\"inner\"\r\n" + parts.inner_set + "\r\n--inner\r\n" + parts.part +
         "\r\n--inner--\r\n";
}

std::string SealedBy(const Parts& parts) {
  Result<openpgp::Keyring> ring = openpgp::Keyring::Create();
  EXPECT_TRUE(ring->Add(KeyOfA().secret_armored).ok() && ring->Add(KeyOfB().public_armored).ok());
  StringSource plain(InnerOf(parts));
  StringSink armored;
  EXPECT_TRUE(ring->Seal(plain,
                         {.signer = parts.is_signed ? KeyOfA().info.fingerprint : "",
                          .recipients = {KeyOfB().info.fingerprint},
                          .compression = parts.compression},
                         armored)
                  .ok());
  std::string lines;
  for (const char c : armored.text()) {
    if (c == '\n' && !lines.ends_with('\r')) lines += '\r';
    lines += c;
  }
  return lines;
}

std::string MailOf(const Parts& parts) {
  return parts.outer + parts.type + "\r\n--outer\r\n" + parts.version + "\r\n--outer\r\n" + parts.armor_header +
         SealedBy(parts) + "\r\n--outer--\r\n";
}

Diagnosis::Diagnosis(const std::vector<std::string>& mails, Given given) {
  std::vector<UniqueFd> files;
  std::vector<int> descriptors;
  for (const std::string& mail : mails) {
    files.push_back(FileOf(mail));
    descriptors.push_back(files.back().get());
  }
  const UniqueFd joined = FileOf("");
  const UniqueFd plain = FileOf("");
  const UniqueFd scratch = FileOf("");
  Keys keys = MakeKeys(given);
  Result<Findings> result = Inspect(descriptors, {joined.get(), plain.get(), scratch.get()}, keys);
  if (result) {
    findings = std::move(*result);
  } else {
    error = result.error().code;
  }
}

std::string Diagnosis::codes() const {
  std::string codes;
  for (const Departure& departure : findings.departures()) {
    if ((" " + codes + " ").find(" " + std::string(departure.rule->code) + " ") != std::string::npos) continue;
    codes.append(codes.empty() ? "" : " ").append(departure.rule->code);
  }
  return codes;
}

std::string Diagnosis::Value(const std::string& section, const std::string& key) const {
  for (const Section& found : findings.structure.sections) {
    if (found.name != section) continue;
    for (const auto& [name, value] : found.fields) {
      if (name == key) return value;
    }
  }
  return {};
}

std::string CodesOf(const Parts& parts) {
  return Diagnosis({MailOf(parts)}).codes();
}

}  // namespace gateway::inspect
