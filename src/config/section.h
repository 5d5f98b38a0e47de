// Reads one map of the YAML file, key by key, into a struct. It notes every mistake with its
// line, and a target then keeps its default. When the section is made, it notes the keys that the
// schema does not know.
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
  // `schema` is the section's name in schema.h, and `path` its name in messages. `node` may be null
  // or without a value, which means that there are no keys. `line` is reported for keys that are
  // missing.
  Section(FileDraft& draft, std::string_view schema, std::string path, const YamlNode* node, int line);
  // Returns the section below `key`. It is absent if the key is.
  Section Sub(std::string_view key, std::string_view schema);

  [[nodiscard]] bool present() const { return node_ != nullptr; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string PathOf(std::string_view key) const;
  [[nodiscard]] int line() const { return line_; }
  // Returns the key's line, or the section's line if the key is missing.
  [[nodiscard]] int LineOf(std::string_view key) const;
  [[nodiscard]] const Entry* Find(std::string_view key) const;
  [[nodiscard]] bool Has(std::string_view key) const { return Find(key) != nullptr; }
  FileDraft& draft() { return draft_; }

  // Notes "PATH.KEY: message" at the key's line, or at the section's.
  void Mistake(std::string_view key, const std::string& message);
  // Notes a mistake if the key is missing.
  void Require(std::string_view key);

  // Returns true if the key is there and its value is good.
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

  // Reads a path and makes it absolute (paths.h).
  bool ReadPath(std::string_view key, std::filesystem::path& target);
  // Reads the path of a file that must exist and be readable. If NamedFiles allows it, this
  // function and those below take any path.
  bool ReadFile(std::string_view key, std::filesystem::path& target);
  // Reads the path of a file that must exist, and that this process may read and others may not.
  bool ReadSecretFile(std::string_view key, std::filesystem::path& target);
  // Reads the path of a file that must hold certificates of CAs.
  bool ReadAuthorities(std::string_view key, std::filesystem::path& target);
  // Reads the path of a file with a password, which others may not read.
  bool ReadPasswordFile(std::string_view key, std::filesystem::path& target);
  // Reads the path of a program that can be started.
  bool ReadProgram(std::string_view key, std::filesystem::path& target);
  // Reads the path of a directory that must exist and be writable.
  bool ReadDirectory(std::string_view key, std::filesystem::path& target);

  // Calls `each` with every text of a list. A text by itself is a list of one. An empty list is a
  // mistake.
  void ForEachText(std::string_view key, const std::string& expected, const std::function<void(const YamlNode&)>& each);
  // Calls `each` with every item of a list, whatever the item is. The list may be empty.
  void ForEachItem(std::string_view key, const std::function<void(const YamlNode&)>& each);

  // Notes "PATH: expected EXPECTED, not 'text'" at the node's line.
  void Reject(const std::string& path, const YamlNode& node, const std::string& expected);

 private:
  bool ReadCheckedPath(std::string_view key, std::filesystem::path& target,
                       Result<void> (*check)(const std::filesystem::path&));
  const YamlNode* Scalar(std::string_view key, const std::string& expected);
  void RefuseUnknownKeys(std::string_view schema);

  FileDraft& draft_;
  std::string path_;
  const YamlNode* node_ = nullptr;  // a map, or null
  int line_ = 0;
};

// Calls `each` with the entries of a map of named things ("mailbox"), after it has checked their
// names.
void ForEachNamed(FileDraft& draft, const std::string& path, const YamlNode& node, std::string_view kind,
                  const std::function<void(const Entry&)>& each);

}  // namespace gateway::config
