// gateway.yaml, and a file of partners.d beside it.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/loader.h"
#include "config/server_url.h"
#include "config/values.h"
#include "fuzz.h"

namespace gateway::fuzz {
namespace {

const std::filesystem::path& Directory() {
  static const std::filesystem::path directory = [] {
    std::string pattern = (std::filesystem::temp_directory_path() / "gateway-fuzz-XXXXXX").string();
    PROMISE(::mkdtemp(pattern.data()));
    std::filesystem::create_directory(pattern + "/partners.d");
    std::atexit([] {
      std::error_code ignored;
      std::filesystem::remove_all(Directory(), ignored);
    });
    return std::filesystem::path(pattern);
  }();
  return directory;
}

void Write(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

void CheckLoaded(const config::Loaded& loaded) {
  for (const config::Diagnostic& mistake : loaded.mistakes) PROMISE(mistake.line >= 0 && !mistake.message.empty());
  if (!loaded.mistakes.empty()) return;
  PROMISE(!loaded.settings.mailboxes.empty() && loaded.settings.gateway.state_dir.is_absolute());
  for (const PartnerSettings& partner : loaded.settings.partners) {
    PROMISE(config::Fingerprint().parse(partner.key_fingerprint) == partner.key_fingerprint);
    PROMISE(config::MailAddress().parse(partner.address).has_value());
  }
}

// A value that is taken is taken again as it was written down.
void ReadValues(const std::string& text) {
  if (const auto url = config::ParseServerUrl(text)) {
    const bool ipv6 = url->host.find(':') != std::string::npos;
    const std::string again =
        url->scheme + "://" + (ipv6 ? "[" + url->host + "]" : url->host) + ":" + std::to_string(url->port);
    const auto second = config::ParseServerUrl(again);
    PROMISE(second && second->host == url->host && second->port == url->port && second->scheme == url->scheme);
    PROMISE(config::IsHost(url->host));
  }
  if (const auto time = config::Duration(Milliseconds(0), Milliseconds(1'000'000'000)).parse(text)) {
    PROMISE(config::Duration(*time, *time).parse(std::to_string(time->count()) + "ms") == *time);
  }
  if (const auto size = config::Size(0, 1ULL << 50).parse(text)) {
    PROMISE(config::Size(*size, *size).parse(std::to_string(*size) + "B") == *size);
  }
  if (const auto print = config::Fingerprint().parse(text)) PROMISE(config::Fingerprint().parse(*print) == *print);
  static_cast<void>(config::SizeOrPercent().parse(text));
  static_cast<void>(config::Host().parse(text));
  static_cast<void>(config::GatewayName().parse(text));
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  const std::string text(Text(data, size));
  ReadValues(text);
  Write(Directory() / "gateway.yaml", text);
  Write(Directory() / "partners.d" / "all.yaml", size % 2 == 0 ? "" : text);
  CheckLoaded(gateway::config::Load(Directory() / "gateway.yaml"));
  return 0;
}
