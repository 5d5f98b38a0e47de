#include "base/person.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "base/printable.h"

namespace gateway {
namespace {

std::string NameOfUser(uid_t uid) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return Printable(found->pw_name);
  }
  return "uid " + std::to_string(uid);
}

// The file holds 4294967295 if nobody logged in, as in a service or a cron job (proc(5)).
std::optional<uid_t> LoginUid() {
  std::ifstream file("/proc/self/loginuid");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  uid_t uid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
  if (error != std::errc() || uid == static_cast<uid_t>(-1)) return std::nullopt;
  return uid;
}

}  // namespace

std::string PersonAtTheConsole() {
  const uid_t acting = ::geteuid();
  const std::string acts_as = NameOfUser(acting);
  std::string person;
  if (const std::optional<uid_t> login = LoginUid()) {
    person = NameOfUser(*login);
  } else if (const char* sudo_user = std::getenv("SUDO_USER"); acting == 0 && sudo_user != nullptr && *sudo_user != 0) {
    // Only root can have set this variable here, and root could do anything anyway.
    person = Printable(sudo_user);
  }
  if (person.empty() || person == acts_as) return acts_as;
  return person + " as " + acts_as;
}

}  // namespace gateway
