// An open worker that was taken over: this test program, when an OpenProcess starts it as PROGRAM
// open-worker, with what it does in the last part of its name. It never gets as far as main().
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "opener/open_protocol.h"
#include "support/errors.h"

namespace gateway::opener {
namespace {

using nlohmann::json;

constexpr int kSocket = 3;

void Send(const json& object, const std::vector<int>& descriptors = {}) {
  if (!SendPacket(kSocket, object, descriptors)) ::_exit(0);
}

void SendRaw(const std::string& text) {
  if (::send(kSocket, text.data(), text.size(), MSG_NOSIGNAL) < 0) ::_exit(0);
}

// The descriptor of a file that the daemon gives; kept for ever.
int NewFile() {
  Send({{"type", "file"}});
  while (true) {
    Result<std::optional<Packet>> packet = ReceivePacket(kSocket, -1);
    if (!packet) ::_exit(0);
    if (!*packet || (*packet)->descriptors.empty()) continue;
    return (*packet)->descriptors.front().Detach();
  }
}

json Envelope() {
  mime::Envelope envelope;
  envelope.kind = mime::MailKind::encrypted;
  envelope.from = "b@test.example";
  return ToJson(envelope);
}

PartReply Part(std::size_t file) {
  PartReply part;
  part.file = file;
  part.leaf.content_type = "application/dicom";
  part.header.emplace();
  part.header->sop_class_uid = part.header->sop_instance_uid = part.header->study_instance_uid = "1.2.3";
  part.header->transfer_syntax_uid = "1.2.840.10008.1.2.1";
  part.header->dataset_sha256 = std::string(64, '0');
  return part;
}

[[noreturn]] void EndlessFiles() {
  while (true) (void)NewFile();
}

// Asks and never listens: the daemon's answers fill the socket.
[[noreturn]] void DeafFiles() {
  while (true) Send({{"type", "file"}});
}

[[noreturn]] void EndlessParts() {
  Send(Envelope());
  Send(ToJson(MessageReply{}));
  while (true) {
    (void)NewFile();
    PartReply part = Part(0);
    part.header.reset();
    part.leaf.name = std::string(60'000, 'x');
    static std::size_t number = 0;
    part.file = number++;
    Send(ToJson(part));
  }
}

[[noreturn]] void Sleep() {
  while (true) ::pause();
}

[[noreturn]] void Spin() {
  const volatile bool forever = true;
  while (forever) {
  }
  ::_exit(0);
}

void AnswerOpen(std::string_view what) {
  (void)NewFile();
  MessageReply message;
  if (what == "part-of-the-unreadable") message.error = Corrupt("openpgp-damaged");
  if (what != "part-before-message") Send(ToJson(message));
  if (what == "endless-messages") {
    while (true) Send(ToJson(message));
  }
  PartReply part = Part(0);
  if (what == "unknown-file") part.file = 1;
  if (what == "beyond-the-end") part.header->dataset_offset = 1;
  if (what == "other-size") part.header->file_size = 4096;
  if (what == "no-uid") part.header->sop_instance_uid = "../../etc/passwd";
  if (what == "line-in-type") part.leaf.content_type = "a/b\r\nBcc: x@y";
  Send(ToJson(part));
  if (what == "same-file-twice") Send(ToJson(part));
  json end = ToJson(OpenEnd{});
  if (what == "transient-leftover") end = ToJson(OpenEnd{Transient("disk-full")});
  Send(end);
}

void Answer(std::string_view what, const std::string& request) {
  json envelope = Envelope();
  if (request == "open") return AnswerOpen(what);
  if (request != "envelope") return;
  if (what == "endless-files") EndlessFiles();
  if (what == "deaf") DeafFiles();
  if (what == "endless-parts") EndlessParts();
  if (what == "sleep") Sleep();
  if (what == "spin") Spin();
  if (what == "crash") ::raise(SIGSEGV);
  if (what == "garbage") SendRaw("\x01\x02 no JSON");
  if (what == "deep")
    SendRaw(R"({"type": "envelope", "x": )" + std::string(30'000, '[') + std::string(30'000, ']') + "}");
  if (what == "deepest") SendRaw(std::string(65'000, '['));
  if (what == "other-answer") Send({{"type", "opened"}});
  if (what == "missing-fields") Send({{"type", "envelope"}});
  if (what == "huge-numbers") envelope["set"] = {{"id", "x"}, {"part", 1e300}, {"total", "many"}};
  if (what == "line-in-address") envelope["from"] = "b@test.example\r\nBcc: x@y";
  if (what == "line-in-id") envelope["message_id"] = "x\ny";
  if (what == "descriptors") return Send(envelope, {STDIN_FILENO});
  if (what == "out-of-memory") return Send(ToJson(Transient("out-of-resources")));
  if (what == "bad-code") return Send({{"type", "error"}, {"fault", 2}, {"code", "a b\n"}, {"detail", ""}});
  Send(envelope);
}

[[noreturn]] void Serve(std::string_view what) {
  if (what == "silent") Sleep();
  while (true) {
    const Result<std::optional<Packet>> packet = ReceivePacket(kSocket, -1);
    if (!packet && what == "immortal") Sleep();
    if (!packet) ::_exit(0);
    if (!*packet) continue;
    if ((*packet)->type == "keys") Send({{"type", "ready"}});
    Answer(what, (*packet)->type);
  }
}

// glibc gives constructors what it gives main().
__attribute__((constructor)) void BeWorker(int count, char** arguments, char** /*environment*/) {
  if (count != 2 || std::strcmp(arguments[1], "open-worker") != 0) return;
  const std::string_view name = arguments[0];
  Serve(name.substr(name.rfind('/') + 1));
}

}  // namespace
}  // namespace gateway::opener
