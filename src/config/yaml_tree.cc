#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <sstream>

#include "base/files.h"
#include "base/trusted_path.h"
#include "base/utf8.h"

namespace gateway::config {
namespace {

constexpr std::uint64_t kMaxFileSize = 16 << 20;

int LineOf(const YAML::Mark& mark) {
  return mark.is_null() ? 0 : mark.line + 1;
}

class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(FileDraft& draft) : draft_(draft) {}
  [[nodiscard]] NodePtr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Keep(anchor, std::make_shared<YamlNode>(YamlNode{YamlNode::Kind::null, LineOf(mark), {}, {}, {}}));
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& text) override {
    Keep(anchor, std::make_shared<YamlNode>(YamlNode{YamlNode::Kind::text, LineOf(mark), text, {}, {}}));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found != anchors_.end()) return Add(found->second);
    draft_.Mistake(LineOf(mark), "this alias (*) stands inside the very thing that it names");
    Add(std::make_shared<YamlNode>(YamlNode{YamlNode::Kind::null, LineOf(mark), {}, {}, {}}));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::list, LineOf(mark), anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::map, LineOf(mark), anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor = 0;
    // In a map, this is the key that was read and waits for its value.
    NodePtr key;
  };

  void Open(YamlNode::Kind kind, int line, YAML::anchor_t anchor) {
    open_.push_back({std::make_shared<YamlNode>(YamlNode{kind, line, {}, {}, {}}), anchor, nullptr});
  }
  void Close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    Keep(frame.anchor, std::move(frame.node));
  }
  // Anchors count from 1, and 0 means none.
  void Keep(YAML::anchor_t anchor, NodePtr node) {
    if (anchor != 0) anchors_[anchor] = node;
    Add(std::move(node));
  }

  void Add(NodePtr node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Frame& parent = open_.back(); parent.node->kind == YamlNode::Kind::list) {
      parent.node->items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      AddEntry(*parent.node, *std::exchange(parent.key, nullptr), std::move(node));
    }
  }

  void AddEntry(YamlNode& map, const YamlNode& key, NodePtr value) {
    if (key.kind != YamlNode::Kind::text) return draft_.Mistake(key.line, "a key must be a word");
    const auto same =
        std::find_if(map.entries.begin(), map.entries.end(), [&](const Entry& entry) { return entry.key == key.text; });
    if (same != map.entries.end()) {
      return draft_.Mistake(key.line, "key '" + key.text + "' is given twice, first in line " +
                                          std::to_string(same->line) + "; remove one of them");
    }
    // yaml-cpp finds a missing value only at the next token, which may be lines below.
    if (value->kind == YamlNode::Kind::null)
      value = std::make_shared<YamlNode>(YamlNode{YamlNode::Kind::null, key.line, {}, {}, {}});
    map.entries.push_back({key.text, key.line, std::move(value)});
  }

  FileDraft& draft_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, NodePtr> anchors_;
  NodePtr root_;
};

std::optional<std::string> ReadText(FileDraft& draft) {
  std::error_code error;
  const auto status = std::filesystem::status(draft.file(), error);
  if (status.type() == std::filesystem::file_type::not_found) {
    draft.Mistake(0, "there is no such file");
  } else if (!std::filesystem::exists(status)) {
    draft.Mistake(0, "cannot be read: " + error.message());
  } else if (std::filesystem::is_directory(status)) {
    draft.Mistake(0, "is a directory; expected a YAML file");
  } else if (!std::filesystem::is_regular_file(status)) {
    draft.Mistake(0, "is not a regular file; expected a YAML file");
  } else if (const auto trusted = CheckTrustedFile(draft.file()); !trusted) {
    draft.Mistake(0, trusted.error().code + ": " + trusted.error().detail);
  } else if (auto text = ReadSmallFile(draft.file(), kMaxFileSize); !text) {
    draft.Mistake(0, "cannot be read: " + text.error().detail, text.error().fault == Fault::transient);
  } else {
    return std::move(text).value();
  }
  return std::nullopt;
}

int LineAt(std::string_view text, std::size_t position) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
}

// yaml-cpp replaces bytes that are not UTF-8 and takes 0x04 for the end of the file. Nobody would
// notice either.
bool CheckCharacters(FileDraft& draft, std::string_view text) {
  if (const std::size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
    draft.Mistake(LineAt(text, valid), "not UTF-8; save the file as UTF-8");
    return false;
  }
  const auto control = std::find_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
  });
  if (control == text.end()) return true;
  draft.Mistake(LineAt(text, static_cast<std::size_t>(control - text.begin())), "a control character; remove it");
  return false;
}

}  // namespace

NodePtr ReadYaml(FileDraft& draft) {
  const auto text = ReadText(draft);
  if (!text || !CheckCharacters(draft, *text)) return nullptr;
  TreeBuilder builder(draft);
  try {
    std::istringstream stream(*text);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return std::make_shared<YamlNode>();
    TreeBuilder second(draft);
    if (parser.HandleNextDocument(second)) {
      draft.Mistake(second.root() ? second.root()->line : 0, "a second YAML document (---); expected only one");
    }
  } catch (const YAML::Exception& error) {
    draft.Mistake(LineOf(error.mark),
                  "YAML syntax: " + error.msg + "; look for wrong indentation, a missing colon or an open quote");
    return nullptr;
  } catch (const std::exception& error) {
    draft.Mistake(0, std::string("YAML syntax: ") + error.what());
    return nullptr;
  }
  return builder.root();
}

}  // namespace gateway::config
