// What an open worker that is in a stranger's hands may say to the daemon: the first byte tells as
// which message.

#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "opener/open_protocol.h"

namespace gateway::fuzz {
namespace {

// What was understood is said again the same way.
template <typename T>
void ReadAndSay(const std::string& json, std::optional<T> (*read)(const std::string&)) {
  const auto value = read(json);
  if (!value) return;
  const std::string said = opener::ToJson(*value).dump();
  const auto again = read(said);
  PROMISE(again && opener::ToJson(*again).dump() == said);
}

void ReadKeysAndSay(const std::string& bytes) {
  const auto keys = opener::KeysFromBytes(bytes);
  if (!keys) return;
  const std::string said = opener::KeysToBytes(*keys);
  const auto again = opener::KeysFromBytes(said);
  PROMISE(again && again->own.size() == keys->own.size() && opener::KeysToBytes(*again) == said);
}

void ReadPartnerKeyAndSay(const std::string& bytes) {
  const auto key = opener::PartnerKeyFromBytes(bytes);
  if (!key) return;
  const std::string said = opener::PartnerKeyToBytes(*key);
  const auto again = opener::PartnerKeyFromBytes(said);
  PROMISE(again && again->content == key->content && opener::PartnerKeyToBytes(*again) == said);
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  using namespace gateway::opener;
  if (size == 0) return 0;
  const std::string text(Text(data + 1, size - 1));
  switch (data[0]) {
    case '0':
      ReadAndSay(text, EnvelopeFrom);
      break;
    case '1':
      ReadAndSay(text, PartReplyFrom);
      break;
    case '2':
      ReadAndSay(text, MessageReplyFrom);
      ReadAndSay(text, OpenEndFrom);
      break;
    case '3':
      ReadAndSay(text, ReportReplyFrom);
      break;
    case '4':
      ReadAndSay(text, ConvertRequestFrom);
      break;
    case '5':
      ReadAndSay(text, ConvertedFrom);
      break;
    case '6':
      ReadAndSay(text, InstanceHeaderFrom);
      break;
    case '7':
      ReadAndSay(text, ErrorFrom);
      break;
    case '8':
      ReadKeysAndSay(text);
      break;
    case '9':
      ReadPartnerKeyAndSay(text);
      break;
    default:
      break;
  }
  return 0;
}
