#include "routing/text_values.h"

#include <algorithm>

namespace gateway::routing {
namespace {

constexpr std::size_t kMost = 64;  // more values than anybody would compare

std::vector<std::string_view> Split(std::string_view text, char delimiter) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(delimiter);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos || parts.size() >= kMost) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string WithoutLast(std::string text, char delimiter) {
  text.erase(text.find_last_not_of(delimiter) + 1);
  return text;
}

void Add(std::vector<std::string>& values, std::string value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(std::move(value));
}

std::string PlainGroup(std::string_view group) {
  std::string plain;
  for (const std::string_view component : Split(group, '^')) plain.append(Trim(component)).append(1, '^');
  return WithoutLast(std::move(plain), '^');
}

}  // namespace

std::vector<std::string> SingleValuesOf(std::string_view text) {
  std::vector<std::string> values;
  for (const std::string_view value : Split(text, '\\')) values.emplace_back(value);
  return values;
}

std::vector<std::string> ValuesOf(std::string_view text) {
  std::vector<std::string> values{std::string(text)};
  for (const std::string_view value : Split(text, '\\')) Add(values, std::string(value));
  return values;
}

std::string PlainName(std::string_view name) {
  std::string plain;
  for (const std::string_view group : Split(name, '=')) plain.append(PlainGroup(group)).append(1, '=');
  return WithoutLast(std::move(plain), '=');
}

std::vector<std::string> NamesOf(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string& value : ValuesOf(text)) {
    Add(names, value);
    Add(names, PlainName(value));
    for (const std::string_view group : Split(value, '=')) {
      std::string plain = PlainGroup(group);
      if (!plain.empty()) Add(names, std::move(plain));
    }
  }
  return names;
}

}  // namespace gateway::routing
