// Mails for the tests of src/inspect: a good one, to be spoilt, and what the doctor says of it.
#pragma once

#include <string>
#include <vector>

#include "inspect/inspector.h"
#include "openpgp/key_files.h"

namespace gateway::inspect {

// A and B, each without passphrase; made once.
const openpgp::GeneratedKey& KeyOfA();
const openpgp::GeneratedKey& KeyOfB();

// A small CT instance as a Part 10 file.
std::string DicomFile();
std::string InBase64(const std::string& bytes);

struct Parts {
  std::string outer =
      "From: a@hospital-a.example\r\n"
      "To: b@hospital-b.example\r\n"
      "Date: Tue, 24 Nov 2026 03:12:09 +0000\r\n"
      "Message-ID: <1@hospital-a.example>\r\n"
      "Subject: DICOM-eMail\r\n"
      "MIME-Version: 1.0\r\n"
      "X-TELEMEDICINE-SETID: 20261124.1\r\n"
      "X-TELEMEDICINE-SETPART: 1\r\n"
      "X-TELEMEDICINE-SETTOTAL: 2\r\n"
      "Disposition-Notification-To: a@hospital-a.example\r\n";
  std::string type =
      "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"outer\"\r\n";
  std::string version = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n";
  std::string armor_header = "Content-Type: application/octet-stream\r\n\r\n";
  std::string inner_set =
      "X-TELEMEDICINE-SETID: 20261124.1\r\n"
      "X-TELEMEDICINE-SETPART: 1\r\n"
      "X-TELEMEDICINE-SETTOTAL: 2\r\n";
  std::string part =
      "Content-Type: application/dicom; name=\"IM0001.dcm\"\r\n"
      "Content-Disposition: attachment; filename=\"IM0001.dcm\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n" +
      InBase64(DicomFile());
  std::string inner;  // instead of one made of inner_set and part
  bool is_signed = true;
  Compression compression = Compression::none;
};

std::string InnerOf(const Parts& parts);
std::string SealedBy(const Parts& parts);  // armor
std::string MailOf(const Parts& parts);

enum class Given {
  both_keys,     // B's secret one and A's public one
  among_others,  // the same, and C's public one before A's
  only_others,   // B's secret one and C's public one
  own_key,       // B's only
  no_key
};

struct Diagnosis {
  explicit Diagnosis(const std::vector<std::string>& mails, Given given = Given::both_keys);

  // The codes of all departures, notes too, in order, each once: "a b c".
  [[nodiscard]] std::string codes() const;
  // The first value of `key` in a section called `section`; empty: none.
  [[nodiscard]] std::string Value(const std::string& section, const std::string& key) const;

  std::string error;  // code; empty: it was a mail
  Findings findings;
};

std::string CodesOf(const Parts& parts);

}  // namespace gateway::inspect
