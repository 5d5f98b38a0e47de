// A configuration in a directory of its own, section by section, so that a test writes only the
// section it is about. A line that ends in "#!" is where the test expects its mistake.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "config/loader.h"

namespace gateway::config {

inline constexpr const char* kFingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";

class ConfigTest : public testing::Test {
 protected:
  ConfigTest();
  ~ConfigTest() override;

  // Replaces a whole section ("dicom") by `text`, its key included.
  void Set(const std::string& section, const std::string& text) { sections_[section] = text; }
  void Write(const std::string& name, const std::string& text);
  Loaded LoadText(const std::string& text);
  Loaded LoadSections();

  // There is exactly one mistake, at the line marked "#!", and its message holds `part`.
  void ExpectMistake(const std::string& part);
  void ExpectGood();

  [[nodiscard]] std::filesystem::path Path(const std::string& name) const { return directory_ / name; }
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "gateway.yaml"; }

 private:
  [[nodiscard]] std::string Text() const;

  std::filesystem::path directory_;
  std::map<std::string, std::string> sections_;
};

// "LINE: message" each.
std::vector<std::string> Lines(const Loaded& loaded);

// A mailbox with SMTP, IMAP and key as given, each one flow map.
std::string Mailbox(const std::string& name, const std::string& smtp, const std::string& imap, const std::string& key);

inline constexpr const char* kSmtp = "{ url: 'smtp://mail.example:587' }";
inline constexpr const char* kImap = "{ url: 'imaps://mail.example', username: gw, password_file: password }";
inline constexpr const char* kKey = "{ file: secret.asc }";

}  // namespace gateway::config
