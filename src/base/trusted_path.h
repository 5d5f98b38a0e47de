// Decides whether a file that the gateway must trust is kept from others' pens. Everything that
// reads such a file, or starts it, asks here.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway {

// Says what somebody who can write the file could do by that.
enum class TrustedAs {
  configuration,  // the configuration, or a partner's key: name partners and keys
  authorities,    // CA certificates: vouch for servers and callers
  program         // something that the gateway starts
};

// Follows `path` as the kernel does, link by link. Neither everybody nor a strange group may write
// the file, a directory on the way to it, or a directory that holds a link on the way. A sticky
// directory may be written, because only owners take files away from it. Everything on the way must
// belong to root or to this process's user.
//
// A process of root cannot know the gateway's group, so it takes every group. It takes every owner
// too, except for a program: that must be root's, or that of the user whom our package makes.
//
// Error: config "writable-by-others", whose detail names what others may write, but not the file.
// Succeeds if the file is missing, because its reader reports that.
Result<void> CheckTrustedFile(const std::filesystem::path& path, TrustedAs as = TrustedAs::configuration);

// Checks a program, the interpreter that its first line names, the interpreter of that one, and so
// on.
Result<void> CheckTrustedProgram(const std::filesystem::path& path);

// Returns the first bytes of a program, as far as they say how the kernel starts it. They are empty
// if this process may not read it.
std::string StartOfProgram(const std::filesystem::path& path);

// Returns the interpreter that a first line "#!/bin/sh -e" names, which may be empty. Returns
// nothing if it names none.
std::optional<std::string> InterpreterOf(std::string_view start);

}  // namespace gateway
