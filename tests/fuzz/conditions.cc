// The `when:` of a rule: what is read without a mistake compiles, and the router decides by its
// index as it does rule by rule.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "attributes/attribute_path.h"
#include "config/loader.h"
#include "fuzz.h"
#include "routing/examination.h"
#include "routing/router.h"

namespace gateway::fuzz {
namespace {

const std::filesystem::path& Directory() {
  static const std::filesystem::path directory = [] {
    std::string pattern = (std::filesystem::temp_directory_path() / "gateway-fuzz-XXXXXX").string();
    PROMISE(::mkdtemp(pattern.data()));
    std::atexit([] {
      std::error_code ignored;
      std::filesystem::remove_all(Directory(), ignored);
    });
    return std::filesystem::path(pattern);
  }();
  return directory;
}

// A configuration that has nothing else than these rules.
std::string Configuration(const std::string& when) {
  std::string text =
      "gateway: { name: f, state_dir: state }\n"
      "pacs: { main: { ae_title: A, host: 127.0.0.1, port: 104 } }\n"
      "mailboxes:\n  m:\n    address: a@a.example\n    smtp: { url: 'smtp://a.example' }\n"
      "    imap: { url: 'imaps://a.example', username: a, password_file: p }\n    key: { file: k }\n"
      "partners: { b: { address: b@b.example, key: { file: k, fingerprint: "
      "0123456789ABCDEF0123456789ABCDEF01234567 } } }\n"
      "routes:\n  outbound:\n    - send_to: b\n      when:\n";
  std::string line;
  for (const char c : when + "\n") {
    line += c;
    if (c != '\n') continue;
    text += "        " + line;
    line.clear();
  }
  return text;
}

InstanceHeader SomeHeader(std::size_t seed, const routing::Router& router) {
  InstanceHeader header;
  header.modality = seed % 2 == 0 ? "CT" : "";
  header.station_name = "A\\B";
  for (const AttributePath& path : router.AskedByOutboundRules()) {
    AttributeValue& value = header.asked[attributes::Text(path)];
    value.state = static_cast<AttributeValue::State>(seed++ % 4);
    if (value.state == AttributeValue::State::values) value.values = {"A", "20261130", "5"};
  }
  return header;
}

void Decide(const RouteSettings& routes) {
  const auto router = routing::Router::Create(routes);
  PROMISE(router);
  static_cast<void>(routing::Examine(routes, {"b"}, {"main"}));
  for (std::size_t seed = 0; seed < 4; ++seed) {
    const InstanceHeader header = SomeHeader(seed, *router);
    const routing::OutboundFacts facts{.header = header, .calling_ae = "A", .called_ae = "B", .caller = "192.0.2.7"};
    const auto traces = router->ExplainOutbound(facts);
    PROMISE(traces.size() == routes.outbound.size());
    std::size_t matched = 0;
    for (const routing::RuleTrace& trace : traces) matched += trace.tried && trace.truth == routing::Truth::yes;
    PROMISE(router->OutboundRules(facts).size() == matched);
  }
}

void ReadPath(const std::string& text) {
  const auto path = attributes::ParsePath(text);
  if (!path) return;
  const std::string canonical = attributes::Text(*path);
  const auto again = attributes::ParsePath(canonical);
  PROMISE(again && *again == *path && attributes::Text(*again) == canonical);
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  const std::string text(Text(data, size));
  ReadPath(text);
  std::ofstream(Directory() / "gateway.yaml", std::ios::binary) << Configuration(text);
  const auto loaded = gateway::config::Load(Directory() / "gateway.yaml", gateway::config::NamedFiles::may_be_missing);
  for (const auto& mistake : loaded.mistakes) PROMISE(mistake.line >= 0 && !mistake.message.empty());
  if (loaded.mistakes.empty()) Decide(loaded.settings.routes);
  return 0;
}
