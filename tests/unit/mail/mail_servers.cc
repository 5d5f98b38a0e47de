#include "mail_servers.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/files.h"

namespace gateway::mail::test {
namespace {

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  return text.str();
}

// Line by line: byte by byte it takes minutes with sanitizers.
std::string WithCrlf(const std::string& text) {
  std::string result;
  result.reserve(text.size() + text.size() / 16);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    result.append(text, start, end - start);
    if (end < text.size()) result += end > start && text[end - 1] == '\r' ? "\n" : "\r\n";
    start = end + 1;
  }
  return result;
}

std::string BindToLoopback(int fd) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) throw std::runtime_error("bind");
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) throw std::runtime_error("getsockname");
  return std::to_string(ntohs(address.sin_port));
}

}  // namespace

std::string Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) throw std::runtime_error(name + " is not set: run this under tests/rig/with_mail_servers.py");
  return value;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = "/tmp/dmg-unit-mail-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}
TemporaryDirectory::~TemporaryDirectory() {
  std::filesystem::remove_all(path_);
}
std::filesystem::path TemporaryDirectory::Write(const std::string& name, const std::string& content) const {
  std::ofstream(path_ / name, std::ios::binary) << content;
  std::filesystem::permissions(path_ / name, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path_ / name;
}

SmtpSettings Smtp(const TemporaryDirectory& directory) {
  SmtpSettings settings;
  settings.url = "smtp://localhost:" + Environment("MAIL_SMTP_PORT");
  settings.ca_file = Environment("MAIL_CA_FILE");
  settings.username = UserA();
  settings.password_file = directory.Write("smtp-password", Environment("MAIL_PASSWORD_A") + "\n");
  return settings;
}

ImapSettings Imap(const TemporaryDirectory& directory) {
  ImapSettings settings;
  settings.url = "imaps://localhost:" + Environment("MAIL_IMAPS_PORT");
  settings.ca_file = Environment("MAIL_CA_FILE");
  settings.username = UserB();
  settings.password_file = directory.Write("imap-password", Environment("MAIL_PASSWORD_B") + "\n");
  return settings;
}

SmtpSettings PlainSmtp(const std::string& port_variable) {
  SmtpSettings settings;
  settings.url = "smtp://127.0.0.1:" + Environment(port_variable);
  settings.tls = TlsMode::none;
  return settings;
}

ImapSettings BareImap(const TemporaryDirectory& directory) {
  ImapSettings settings = Imap(directory);
  settings.url = "imap://127.0.0.2:" + Environment("MAIL_PLAIN_IMAP_PORT");
  settings.tls = TlsMode::none;
  return settings;
}

std::string DeadUrl(const std::string& scheme) {
  // Bound, so that nobody else gets it, and never listened on. It stays so until the tests end.
  static const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  static const std::string port = BindToLoopback(socket.get());
  return scheme + "://127.0.0.1:" + port;
}

SilentServer::SilentServer(const std::string& scheme)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      url_(scheme + "://127.0.0.1:" + BindToLoopback(socket_.get())) {
  if (::listen(socket_.get(), 16) != 0) throw std::runtime_error("listen");
}

Result<std::string> Send(SmtpClient& client, const std::string& message, const std::string& to) {
  StringSource source(message);
  return client.Send({.from = UserA(), .to = to}, source, message.size());
}

void Deliver(const std::string& message) {
  SmtpClient client(PlainSmtp());
  const auto sent = Send(client, message);
  ASSERT_TRUE(sent) << sent.error().detail;
  ASSERT_TRUE(Arrived(message));
}

std::string Mail(const std::string& body) {
  static unsigned number = 0;
  return "Message-ID: <" + std::to_string(++number) + "@test.example>\r\nSubject: test\r\n\r\n" + body;
}

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::vector<std::string> StoredMails(const std::string& folder) {
  const auto maildir = std::filesystem::path(Environment("MAIL_DIRECTORY")) / "home" / UserB() / "Maildir" / folder;
  std::vector<std::string> mails;
  for (const char* part : {"new", "cur"}) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(maildir / part, missing)) {
      mails.push_back(WithCrlf(ReadAll(entry.path())));
    }
  }
  return mails;
}

bool Arrived(const std::string& ending) {
  return Eventually([&] {
    return std::ranges::any_of(StoredMails(), [&](const std::string& mail) { return mail.ends_with(ending); });
  });
}

std::string Log(const std::string& name) {
  return ReadAll(std::filesystem::path(Environment("MAIL_DIRECTORY")) / name);
}

std::size_t Count(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

bool Doveadm(const std::string& arguments) {
  const std::string command =
      "doveadm -c " + Environment("MAIL_DIRECTORY") + "/conf/dovecot.conf " + arguments + " >/dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

bool Kick() {
  return Eventually([] { return Doveadm("kick " + UserB()); });
}

}  // namespace gateway::mail::test
