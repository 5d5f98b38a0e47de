#include "inbound/document_links.h"

#include <algorithm>
#include <set>

#include "inbound/acceptance.h"

namespace gateway::inbound {
namespace {

bool IsSetSigned(const PartnerSettings& partner, const opener::MessageReply& reply) {
  if (!reply.set) return false;
  return !reply.set_is_of_wrapper || Acceptance::WordsOf(partner, reply.opened).of_wrapper;
}

std::string StudyOf(const opener::OpenedMessage& message) {
  const auto found = std::find_if(message.parts.begin(), message.parts.end(),
                                  [](const opener::OpenedPart& part) { return part.header.has_value(); });
  return found == message.parts.end() ? std::string() : found->header->study_instance_uid;
}

bool HasPart(const std::vector<ledger::SetPart>& parts, const TelemedicineSet& set) {
  return std::any_of(parts.begin(), parts.end(), [&](const ledger::SetPart& part) { return part.set == set; });
}

}  // namespace

std::optional<TelemedicineSet> SetOf(const opener::MessageReply& reply) {
  return reply.set ? reply.set : reply.outer_set;
}

bool MayLinkByMail(const std::vector<const opener::OpenedMessage*>& messages) {
  std::set<std::string> studies;
  std::set<std::string> sets;
  for (const opener::OpenedMessage* const message : messages) {
    if (const auto set = SetOf(message->reply)) sets.insert(set->id);
    for (const opener::OpenedPart& part : message->parts) {
      if (part.header) studies.insert(part.header->study_instance_uid);
    }
  }
  return studies.size() <= 1 && sets.size() <= 1;
}

DocumentLinks LinksOf(const PartnerSettings& partner, const opener::MessageReply& reply, bool by_mail) {
  return {SetOf(reply), IsSetSigned(partner, reply), Acceptance::WordsOf(partner, reply.opened).of_wrapper, by_mail};
}

void DescribeLinks(const mime::LeafPart& leaf, const DocumentLinks& links, ledger::NewDocument& document) {
  const bool is_signed = !leaf.study_id_is_of_wrapper || links.words_of_wrapper;
  (is_signed ? document.study_id : document.claimed_study_id) = leaf.study_id;
  if (links.set) document.set_id = links.set->id;
  document.set_is_signed = links.set_is_signed;
  document.by_mail = links.by_mail;
}

void DescribeSets(const PartnerSettings& partner, const std::vector<const opener::OpenedMessage*>& messages,
                  ledger::OpenedMail& opened) {
  std::vector<ledger::SetPart> parts;
  for (const opener::OpenedMessage* const message : messages) {
    const auto set = SetOf(message->reply);
    if (!set || HasPart(parts, *set)) continue;
    parts.push_back({*set, IsSetSigned(partner, message->reply), StudyOf(*message)});
  }
  const auto main = std::find_if(parts.begin(), parts.end(), [&](const ledger::SetPart& part) {
    return opened.facts.set && part.set == *opened.facts.set;
  });
  if (main != parts.end()) {
    opened.set_is_signed = main->is_signed;
    opened.study_of_set = main->study;
    parts.erase(main);
  }
  opened.more_sets = std::move(parts);
}

}  // namespace gateway::inbound
