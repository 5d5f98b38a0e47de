// Single values of the forms in open_protocol.h. A value of the wrong form makes the whole reply
// wrong. It throws an exception, as nlohmann's own functions do.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::opener::values {

inline constexpr std::size_t kLongestStudyUid = 128;  // the limit of header_reader.h

// Returns text for a header, a log line or a name. It has no control characters.
std::string Line(const nlohmann::json& object);
std::vector<std::string> Lines(const nlohmann::json& array);
// Returns text for people. Bytes that are not printable must still show, because they may be the
// fault itself.
std::string Printable(const nlohmann::json& object);
// Returns a whole number. nlohmann would make one from -1 and from 1e300.
std::uint64_t Number(const nlohmann::json& object, std::uint64_t most = std::numeric_limits<std::int64_t>::max());
std::uint32_t Count(const nlohmann::json& object);
std::string Matching(const nlohmann::json& object, std::string_view characters, std::size_t longest);
std::string Uid(const nlohmann::json& object, std::size_t longest = 64);
std::string Code(const nlohmann::json& object);
std::string Nonce(const nlohmann::json& object);
// Returns a digest (base/instance_digest.h), or an empty text.
std::string Digest(const nlohmann::json& object);

}  // namespace gateway::opener::values
