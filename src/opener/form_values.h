// Single values of the forms of open_protocol.h. A value of the wrong form makes the whole reply wrong: an exception,
// as nlohmann's own.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::opener::forms {

inline constexpr std::size_t kLongestStudyUid = 128;  // as header_reader.h takes them

// What goes into a header, a log line or a name: no control characters.
std::string Line(const nlohmann::json& object);
std::vector<std::string> Lines(const nlohmann::json& array);
// For people: where the fault itself must come through.
std::string Printable(const nlohmann::json& object);
// A whole number; nlohmann would make one of -1 and of 1e300.
std::uint64_t Number(const nlohmann::json& object, std::uint64_t most = std::numeric_limits<std::int64_t>::max());
std::uint32_t Count(const nlohmann::json& object);
std::string Matching(const nlohmann::json& object, std::string_view characters, std::size_t longest);
std::string Uid(const nlohmann::json& object, std::size_t longest = 64);
std::string Code(const nlohmann::json& object);
std::string Nonce(const nlohmann::json& object);
// base/instance_digest.h; or empty.
std::string Digest(const nlohmann::json& object);

}  // namespace gateway::opener::forms
