// One map of the YAML file, read key by key into a struct. Every mistake is reported with its line; a target keeps its
// default then. Keys that the schema does not know are reported when the section is made.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/draft.h"
#include "config/values.h"
#include "config/yaml_tree.h"
#include "gateway/result.h"

namespace gateway::config {

class Section {
 public:
  // `schema`: its name in schema.h; `path`: what messages call it; `node` may be null or without a value: no keys.
  // `line` stands for keys that are missing.
  Section(Report& report, std::string_view schema, std::string path, const YamlNode* node, int line);
  // The section below `key`; absent when the key is.
  Section Sub(std::string_view key, std::string_view schema);

  [[nodiscard]] bool present() const { return node_ != nullptr; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string PathOf(std::string_view key) const;
  [[nodiscard]] int line() const { return line_; }
  // The key's line, or the section's where it is missing.
  [[nodiscard]] int LineOf(std::string_view key) const;
  [[nodiscard]] const Entry* Find(std::string_view key) const;
  [[nodiscard]] bool Has(std::string_view key) const { return Find(key) != nullptr; }
  Report& report() { return report_; }

  // "PATH.KEY: message" at the key's line, or the section's.
  void Mistake(std::string_view key, const std::string& message);
  // Reports the key when it is missing.
  void Require(std::string_view key);

  // True when the key is there and its value good.
  template <typename T>
  bool Read(std::string_view key, T& target, const Parser<std::type_identity_t<T>>& parser) {
    const YamlNode* const node = Scalar(key, parser.expected);
    if (node == nullptr) return false;
    auto value = parser.parse(node->text);
    if (!value) {
      Reject(PathOf(key), *node, parser.expected);
      return false;
    }
    target = *std::move(value);
    return true;
  }

  // A path, made absolute (paths.h).
  bool ReadPath(std::string_view key, std::filesystem::path& target);
  // The path of a file that must exist and be readable; this and the three below take any where NamedFiles says so.
  bool ReadFile(std::string_view key, std::filesystem::path& target);
  // The path of a file that must exist, be readable, and not be so to others.
  bool ReadSecretFile(std::string_view key, std::filesystem::path& target);
  // The path of a program that can be started.
  bool ReadProgram(std::string_view key, std::filesystem::path& target);
  // The path of a directory that must exist and be writable.
  bool ReadDirectory(std::string_view key, std::filesystem::path& target);

  // Calls `each` with every text of a list; a text alone is a list of one. An empty list is a mistake.
  void ForEachText(std::string_view key, const std::string& expected, const std::function<void(const YamlNode&)>& each);
  // Calls `each` with every item of a list, whatever it is. An empty list is none.
  void ForEachItem(std::string_view key, const std::function<void(const YamlNode&)>& each);

  // "PATH: expected EXPECTED, not 'text'" at the node's line.
  void Reject(const std::string& path, const YamlNode& node, const std::string& expected);

 private:
  bool ReadCheckedPath(std::string_view key, std::filesystem::path& target,
                       Result<void> (*check)(const std::filesystem::path&));
  const YamlNode* Scalar(std::string_view key, const std::string& expected);
  void ReportUnknownKeys(std::string_view schema);

  Report& report_;
  std::string path_;
  const YamlNode* node_ = nullptr;  // a map, or null
  int line_ = 0;
};

// Calls `each` with the entries of a map of named things ("mailbox"), after a check of their names.
void ForEachNamed(Report& report, const std::string& path, const YamlNode& node, std::string_view kind,
                  const std::function<void(const Entry&)>& each);

}  // namespace gateway::config
