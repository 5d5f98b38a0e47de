// The daemon and its open worker exchange packets over a SOCK_SEQPACKET pair. Each packet is a JSON
// object with file descriptors beside it (SCM_RIGHTS). The worker opens no file by name. The daemon
// hands it every file that it reads or writes.
//
//   daemon                       worker
//   keys + descriptor      ->                   once; a memfd with our keys
//   query                  ->                   before the first input: attributes that every
//                                               header is to name besides; several packets add up
//   input + descriptors    ->                   a mail, or the fragments of one, number 1 first
//   envelope               ->    envelope       the outer header
//   partner (+ descriptor) ->                   before open and report; a memfd with the keys of
//                                               the only partner whose signatures count; without
//                                               it nobody's signatures count
//   open                   ->    message ...    for each message that is encrypted in the mail: its
//                                               signatures and inner set, or why it cannot be read
//                                part ...       after its message, one for each leaf in order; its
//                                               bytes are in the file of that number
//                                opened         the end: what is left over
//   report                 ->    report         the mail as a receipt or bounce, or nothing
//   convert                ->    converted      input: a document, then a Part 10 file of its study
//   header                 ->    header         input: a Part 10 file
//   digest                 ->    digest         input: a Part 10 file; as it stands, or decoded
//   recipe + descriptor    ->                   before transform, as often as it changes; a memfd
//                                               with what a rule does to instances
//   transform              ->    replaced ...   input: a Part 10 file; the identifiers that the copy
//                                               has new ones for
//                                transformed    the file with the copy, or none if nothing changed
//   code                   ->    coded          input: a Part 10 file; its pixel data in another coding
//   compare                ->    differences... input: a Part 10 file and a changed copy; in what they
//                                               differ
//   done                   ->                   the input is forgotten
//   file + descriptor      <-    file           an empty file to write, numbered from 0 since the
//                                               input
//                          <-    error          in place of the answer
//
// The daemon trusts the worker with nothing, and checks the form of every reply.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/handles.h"
#include "gateway/result.h"
#include "opener/replies.h"
#include "security/keys.h"

namespace gateway::opener {

struct Packet {
  std::string type;
  std::string json;  // the whole object
  std::vector<UniqueFd> descriptors;
};

// Sends at most 128 KB of JSON and 64 descriptors. Error: permanent "worker-lost" if the other side
// is gone.
Result<void> SendPacket(int socket, const nlohmann::json& object, const std::vector<int>& descriptors = {});
// Returns nullopt if nothing came within `timeout_ms`. With -1 it waits for ever.
Result<std::optional<Packet>> ReceivePacket(int socket, int timeout_ms);

inline constexpr std::size_t kDescriptorsAPacket = 64;

// Each pair is inverse. From... returns nullopt for an object of the wrong form.
nlohmann::json ToJson(const mime::Envelope& envelope);
nlohmann::json ToJson(const PartReply& part);
nlohmann::json ToJson(const MessageReply& reply);
nlohmann::json ToJson(const OpenEnd& end);
nlohmann::json ToJson(const ReportReply& reply);
nlohmann::json ToJson(const ConvertRequest& request);
nlohmann::json ToJson(const Converted& converted);
nlohmann::json ToJson(const InstanceHeader& header);
nlohmann::json ToJson(const DigestText& digest);
nlohmann::json ToJson(const TransformRequest& request);
nlohmann::json ToJson(const ReplacedReply& replaced);
nlohmann::json ToJson(const Transformed& transformed);
nlohmann::json ToJson(const CodingReply& reply);
nlohmann::json ToJson(const DifferenceReply& report);
nlohmann::json ToJson(const Error& error);
// The query is one part of all paths, which fits into a packet.
nlohmann::json ToJson(const std::vector<AttributePath>& query);
std::optional<mime::Envelope> EnvelopeFrom(const std::string& json);
std::optional<PartReply> PartReplyFrom(const std::string& json);
std::optional<MessageReply> MessageReplyFrom(const std::string& json);
std::optional<OpenEnd> OpenEndFrom(const std::string& json);
std::optional<ReportReply> ReportReplyFrom(const std::string& json);
std::optional<ConvertRequest> ConvertRequestFrom(const std::string& json);
std::optional<Converted> ConvertedFrom(const std::string& json);
std::optional<InstanceHeader> InstanceHeaderFrom(const std::string& json);
std::optional<DigestText> DigestTextFrom(const std::string& json);
std::optional<TransformRequest> TransformRequestFrom(const std::string& json);
std::optional<ReplacedReply> ReplacedReplyFrom(const std::string& json);
std::optional<Transformed> TransformedFrom(const std::string& json);
std::optional<CodingReply> CodingReplyFrom(const std::string& json);
std::optional<DifferenceReply> DifferenceReplyFrom(const std::string& json);
std::optional<Error> ErrorFrom(const std::string& json);
std::optional<std::vector<AttributePath>> QueryFrom(const std::string& json);

// The keys of ours in `keys`, and a partner's key, in CBOR. What a key holds stays as it is.
std::string KeysToBytes(const security::Keys& keys);
std::optional<security::Keys> KeysFromBytes(const std::string& bytes);
std::string PartnerKeyToBytes(const security::PartnerKey& key);
std::optional<security::PartnerKey> PartnerKeyFromBytes(const std::string& bytes);

}  // namespace gateway::opener
