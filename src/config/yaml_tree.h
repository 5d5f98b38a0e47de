// A YAML file as a tree that knows its lines. It is built from yaml-cpp's events and not from its
// nodes, because the nodes forget which keys were given twice. An alias costs nothing here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/draft.h"

namespace gateway::config {

struct YamlNode;
using NodePtr = std::shared_ptr<const YamlNode>;  // shared by the aliases of an anchor

struct Entry {
  std::string key;
  int line = 0;
  NodePtr value;
};

struct YamlNode {
  enum class Kind { null, text, list, map };
  Kind kind = Kind::null;
  int line = 0;                // from 1
  std::string text;            // of a scalar
  std::vector<NodePtr> items;  // of a list
  std::vector<Entry> entries;  // of a map, in the file's order, each key once
};

// Reads the draft's file. It notes as mistakes: syntax errors, keys that are given twice, bytes
// that are not UTF-8, and files that cannot be read. Returns null if there is no tree. An empty
// file is a YamlNode of kind null.
NodePtr ReadYaml(FileDraft& draft);

}  // namespace gateway::config
