#include "config/section.h"

#include <algorithm>
#include <cassert>

#include "attributes/attribute_path.h"
#include "config/paths.h"
#include "config/schema.h"
#include "config/suggestion.h"

namespace gateway::config {
namespace {

std::string Quoted(std::string_view text) {
  constexpr std::size_t kMax = 60;
  std::string quoted = "'";
  for (const char c : text.substr(0, kMax)) quoted.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  return quoted + (text.size() > kMax ? "...'" : "'");
}

std::string Describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::text:
      return Quoted(node.text);
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map of keys";
  }
  return {};
}

std::string UnknownKey(std::string_view key, const std::string& where, const SectionSchema& schema) {
  if (key == "password" || key == "passphrase") {
    const auto file = std::find_if(schema.keys.begin(), schema.keys.end(), [](std::string_view known) {
      return known == "password_file" || known == "passphrase_file";
    });
    return "secrets do not belong in this file: remove '" + std::string(key) + "' from " + where +
           (file == schema.keys.end() ? std::string() : " and name a file that holds it by " + std::string(*file));
  }
  if (key == "<<") return "merge keys (<<) are not supported in " + where + "; repeat the keys";
  std::string suggestion = Suggestion(key, schema.keys);
  if (const std::string_view keyword = attributes::NearestKeyword(key);
      suggestion.empty() && schema.attributes && !keyword.empty()) {
    suggestion = "; did you mean the attribute '" + std::string(keyword) + "'?";
  }
  return "unknown key " + Quoted(key) + " in " + where + suggestion;
}

}  // namespace

Section::Section(FileDraft& draft, std::string_view schema, std::string path, const YamlNode* node, int line)
    : draft_(draft), path_(std::move(path)), line_(line) {
  if (node == nullptr || node->kind == YamlNode::Kind::null) return;
  if (node->kind != YamlNode::Kind::map) {
    Reject(path_.empty() ? "the file" : path_, *node, "a map of keys");
    return;
  }
  node_ = node;
  RefuseUnknownKeys(schema);
}

void Section::RefuseUnknownKeys(std::string_view schema) {
  const SectionSchema& known = SchemaOf(schema);
  for (const Entry& entry : node_->entries) {
    if (std::find(known.keys.begin(), known.keys.end(), entry.key) != known.keys.end()) continue;
    if (known.attributes && attributes::LooksLikePath(entry.key)) continue;
    draft_.Mistake(entry.line, UnknownKey(entry.key, path_.empty() ? "the file" : path_, known));
  }
}

Section Section::Sub(std::string_view key, std::string_view schema) {
  const Entry* const entry = Find(key);
  return {draft_, schema, PathOf(key), entry == nullptr ? nullptr : entry->value.get(), LineOf(key)};
}

std::string Section::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const Entry* Section::Find(std::string_view key) const {
  if (node_ == nullptr) return nullptr;
  const auto found =
      std::find_if(node_->entries.begin(), node_->entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == node_->entries.end() ? nullptr : &*found;
}

int Section::LineOf(std::string_view key) const {
  const Entry* const entry = Find(key);
  return entry == nullptr ? line_ : entry->line;
}

void Section::Mistake(std::string_view key, const std::string& message) {
  draft_.Mistake(LineOf(key), PathOf(key) + ": " + message);
}

void Section::Require(std::string_view key) {
  if (!Has(key)) Mistake(key, "is missing");
}

void Section::Reject(const std::string& path, const YamlNode& node, const std::string& expected) {
  draft_.Mistake(node.line, path + ": expected " + expected + ", not " + Describe(node));
}

const YamlNode* Section::Scalar(std::string_view key, const std::string& expected) {
  const Entry* const entry = Find(key);
  if (entry == nullptr) return nullptr;
  if (entry->value->kind == YamlNode::Kind::text) return entry->value.get();
  Reject(PathOf(key), *entry->value, expected);
  return nullptr;
}

bool Section::ReadPath(std::string_view key, std::filesystem::path& target) {
  const YamlNode* const node = Scalar(key, "a path");
  if (node == nullptr) return false;
  auto path = ResolvePath(node->text, draft_.file());
  if (!path) {
    draft_.Mistake(node->line, PathOf(key) + ": " + path.error().detail);
    return false;
  }
  target = *std::move(path);
  return true;
}

bool Section::ReadFile(std::string_view key, std::filesystem::path& target) {
  return ReadCheckedPath(key, target, CheckReadable);
}

bool Section::ReadAuthorities(std::string_view key, std::filesystem::path& target) {
  return ReadCheckedPath(key, target, CheckAuthorities);
}

bool Section::ReadPasswordFile(std::string_view key, std::filesystem::path& target) {
  return ReadCheckedPath(key, target, CheckPassword);
}

bool Section::ReadProgram(std::string_view key, std::filesystem::path& target) {
  return ReadCheckedPath(key, target, CheckProgram);
}

bool Section::ReadSecretFile(std::string_view key, std::filesystem::path& target) {
  return ReadCheckedPath(key, target, CheckSecret);
}

bool Section::ReadDirectory(std::string_view key, std::filesystem::path& target) {
  return ReadCheckedPath(key, target, CheckDirectory);
}

bool Section::ReadCheckedPath(std::string_view key, std::filesystem::path& target,
                              Result<void> (*check)(const std::filesystem::path&)) {
  if (!ReadPath(key, target)) return false;
  if (draft_.named_files() == NamedFiles::may_be_missing) return true;
  const auto usable = check(target);
  if (usable) return true;
  const YamlNode& node = *Find(key)->value;
  draft_.Mistake(node.line, PathOf(key) + ": " + WhyNoCredentials(node.text) + usable.error().detail,
                 usable.error().fault == Fault::transient);
  return false;
}

void Section::ForEachText(std::string_view key, const std::string& expected,
                          const std::function<void(const YamlNode&)>& each) {
  const Entry* const entry = Find(key);
  if (entry == nullptr) return;
  const YamlNode& value = *entry->value;
  if (value.kind == YamlNode::Kind::text) return each(value);
  if (value.kind != YamlNode::Kind::list) return Reject(PathOf(key), value, "a list, each item " + expected);
  if (value.items.empty()) return Mistake(key, "the list is empty; give it an item");
  for (const NodePtr& item : value.items) {
    if (item->kind == YamlNode::Kind::text) {
      each(*item);
    } else {
      Reject(PathOf(key), *item, expected);
    }
  }
}

void Section::ForEachItem(std::string_view key, const std::function<void(const YamlNode&)>& each) {
  const Entry* const entry = Find(key);
  if (entry == nullptr || entry->value->kind == YamlNode::Kind::null) return;
  if (entry->value->kind != YamlNode::Kind::list) return Reject(PathOf(key), *entry->value, "a list (- item)");
  for (const NodePtr& item : entry->value->items) each(*item);
}

void ForEachNamed(FileDraft& draft, const std::string& path, const YamlNode& node, std::string_view kind,
                  const std::function<void(const Entry&)>& each) {
  if (node.kind == YamlNode::Kind::null) return;
  if (node.kind != YamlNode::Kind::map) {
    draft.Mistake(node.line, path + ": expected the name of a " + std::string(kind) + " and its keys below it, not " +
                                 Describe(node));
    return;
  }
  for (const Entry& entry : node.entries) {
    if (IsName(entry.key)) {
      each(entry);
    } else {
      draft.Mistake(entry.line, path + ": " + Quoted(entry.key) + " is no name for a " + std::string(kind) +
                                    "; expected " + std::string(kNameExpected));
    }
  }
}

}  // namespace gateway::config
