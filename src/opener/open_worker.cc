#include "opener/open_worker.h"

#include <malloc.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/heap.h"
#include "base/secret.h"
#include "dicom/character_set.h"
#include "dicom/coding/codecs.h"
#include "dicom/toolkit.h"
#include "mime/error_codes.h"
#include "opener/error_codes.h"
#include "opener/open_protocol.h"
#include "opener/opening.h"
#include "opener/plain_text.h"
#include "opener/recipe_forms.h"
#include "opener/sandbox.h"
#include "security/openers.h"

namespace gateway::opener {
namespace {

using nlohmann::json;

// Returns all bytes of the one descriptor in `packet`.
Result<std::string> ReadMemory(const Packet& packet) {
  if (packet.descriptors.size() != 1) return ConfigError(codes::kWorkerLost, "no keys came");
  const int fd = packet.descriptors.front().get();
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  FdSource source(fd, {0, size});
  std::string bytes(static_cast<std::size_t>(size), '\0');
  GATEWAY_ASSIGN(const std::size_t read, ReadFully(source, bytes));
  bytes.resize(read);
  return bytes;
}

Result<std::unique_ptr<security::MailOpeners>> ReceiveKeys(int socket, std::string& default_set) {
  GATEWAY_ASSIGN(std::optional<Packet> packet, ReceivePacket(socket, -1));
  if (!packet || packet->type != "keys") return ConfigError(codes::kWorkerLost, "no keys came");
  const json settings = json::parse(packet->json, nullptr, false);
  default_set = settings.value("character_set", default_set);
  GATEWAY_ASSIGN(std::string secret, ReadMemory(*packet));
  const std::optional<security::Keys> keys = KeysFromBytes(secret);
  WipeText(secret);
  if (!keys) return ConfigError(codes::kWorkerLost, "the keys cannot be read");
  return security::MailOpeners::Make(*keys);
}

// The partner counts until the next such packet.
Result<void> UsePartner(const Packet& packet, security::MailOpeners& openers) {
  if (packet.descriptors.empty()) return openers.UsePartner(nullptr);
  GATEWAY_ASSIGN(const std::string bytes, ReadMemory(packet));
  const std::optional<security::PartnerKey> partner = PartnerKeyFromBytes(bytes);
  if (!partner) return Permanent(codes::kWorkerLost, "the partner's key cannot be read");
  return openers.UsePartner(&*partner);
}

// The recipe counts until the next such packet.
Result<Recipe> ReceiveRecipe(const Packet& packet) {
  GATEWAY_ASSIGN(std::string text, ReadMemory(packet));
  std::optional<Recipe> recipe = RecipeFromText(text);
  WipeText(text);
  if (!recipe) return Permanent(codes::kWorkerLost, "the recipe cannot be read");
  return *std::move(recipe);
}

template <typename T>
Result<void> Reply(int socket, const Result<T>& result) {
  Result<void> sent = SendPacket(socket, result ? ToJson(*result) : ToJson(result.error()));
  if (sent || !Is(sent.error(), codes::kPacketTooLarge)) return sent;
  return SendPacket(socket, ToJson(Corrupt(codes::kMailDamaged, "its fields are larger than any that makes sense")));
}

Result<void> Serve(int socket) {
  GATEWAY_TRY(HideMemory());
  GATEWAY_TRY(dicom::StartToolkit(false));
  dicom::LoadCodecs();
  mime::PrepareReader();
  std::string default_set(dicom::kUsualCharacterSet);
  GATEWAY_ASSIGN(const std::unique_ptr<security::MailOpeners> openers, ReceiveKeys(socket, default_set));
  const PlainText::Memory memory;
  // Everything that starts threads does it here.
  GATEWAY_TRY(EnterSandbox([&] { return openers->StartThreads(); }));
  GATEWAY_TRY(SendPacket(socket, json{{"type", "ready"}}));
  std::optional<Opening> opening;
  std::vector<AttributePath> asked;
  dicom::AttributeQuery query;
  Recipe recipe;
  while (true) {
    GATEWAY_ASSIGN(std::optional<Packet> packet, ReceivePacket(socket, -1));
    if (!packet) continue;
    if (packet->type == "input") {
      if (!opening) opening.emplace(socket, *openers, memory, default_set, query);
      opening->AddInput(std::move(packet->descriptors));
    } else if (packet->type == "envelope" && opening) {
      GATEWAY_TRY(Reply(socket, opening->ReadEnvelope()));
    } else if (packet->type == "query" && !opening) {
      const std::optional<std::vector<AttributePath>> more = QueryFrom(packet->json);
      if (!more) return Permanent(codes::kWorkerLost, "query damaged");
      asked.insert(asked.end(), more->begin(), more->end());
      query = dicom::AttributeQuery(asked);
    } else if (packet->type == "partner") {
      GATEWAY_TRY(UsePartner(*packet, *openers));
    } else if (packet->type == "open" && opening) {
      GATEWAY_TRY(Reply(socket, opening->Open()));
    } else if (packet->type == "report" && opening) {
      GATEWAY_TRY(Reply(socket, opening->ReadReport()));
    } else if (packet->type == "header" && opening) {
      GATEWAY_TRY(Reply(socket, opening->ReadHeader()));
    } else if (packet->type == "digest" && opening) {
      const json request = json::parse(packet->json, nullptr, false);
      GATEWAY_TRY(Reply(socket, opening->Digest(request.value("decoded", false))));
    } else if (packet->type == "recipe") {
      GATEWAY_ASSIGN(recipe, ReceiveRecipe(*packet));
    } else if (packet->type == "transform" && opening) {
      const std::optional<TransformRequest> request = TransformRequestFrom(packet->json);
      if (!request) return Permanent(codes::kWorkerLost, "request damaged");
      GATEWAY_TRY(Reply(socket, opening->Transform(recipe, *request)));
    } else if (packet->type == "code" && opening) {
      const json request = json::parse(packet->json, nullptr, false);
      const std::optional<Coding> coding = CodingNamed(request.value("coding", std::string()));
      if (!coding) return Permanent(codes::kWorkerLost, "request damaged");
      GATEWAY_TRY(Reply(socket, opening->Code(*coding)));
    } else if (packet->type == "compare" && opening) {
      GATEWAY_TRY(Reply(socket, opening->Compare()));
    } else if (packet->type == "convert" && opening) {
      const std::optional<ConvertRequest> request = ConvertRequestFrom(packet->json);
      if (!request) return Permanent(codes::kWorkerLost, "request damaged");
      GATEWAY_TRY(Reply(socket, opening->Convert(*request)));
    } else {
      opening.reset();
    }
  }
}

}  // namespace

int RunOpenWorker(int socket) {
  ForbidCoreDumps();
  KeepFreedMemory();
  ::mallopt(M_ARENA_MAX, 1);  // few threads do not need to divide the address space among them
  // The daemon decides when this process ends. A signal to the whole process group must not cost a
  // mail.
  (void)std::signal(SIGTERM, SIG_IGN);
  (void)std::signal(SIGINT, SIG_IGN);
  (void)std::signal(SIGHUP, SIG_IGN);
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)::prctl(PR_SET_NAME, "open-worker");
  const Result<void> served = Serve(socket);
  return served || Is(served.error(), codes::kWorkerLost) ? 0 : 1;
}

}  // namespace gateway::opener
