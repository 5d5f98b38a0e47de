#include "cli/list_text.h"

#include "base/printable.h"
#include "base/time_text.h"
#include "cli/words.h"

namespace gateway::cli {
namespace {

std::string About(const ledger::InstanceSummary& instance) {
  const std::string source = instance.direction == ledger::Direction::outbound
                                 ? Printable(instance.calling_ae) + " to " + Printable(instance.called_ae)
                                 : Format(ItemKind::mail, instance.mail);
  return "from " + source + ", " + CountOf(instance.size, "byte");
}

std::string WaitsForWindow(Time opens) {
  return ", its time window opens at " + FormatTime(opens);
}

// "2 instances, 3 of 12 messages sent, 1 overdue"
std::string About(const ledger::ShipmentSummary& shipment) {
  std::string text;
  if (shipment.instances > 0 || shipment.documents == 0) text = CountOf(shipment.instances, "instance");
  if (shipment.documents > 0) text.append(text.empty() ? "" : ", ").append(CountOf(shipment.documents, "document"));
  const ledger::MessageCounts& messages = shipment.messages;
  if (messages.total > 0) {
    text += ", " + std::to_string(messages.sent) + " of " + CountOf(messages.total, "message") + " sent";
  }
  for (const auto& [count, word] :
       {std::pair(messages.delivered + messages.warned, " receipted"), std::pair(messages.overdue, " overdue"),
        std::pair(messages.refused, " refused"), std::pair(messages.bounced, " bounced"),
        std::pair(messages.failed, " failed"), std::pair(messages.cancelled, " cancelled")}) {
    if (count > 0) text.append(", ").append(std::to_string(count)).append(word);
  }
  if (shipment.held) text += ", held";
  if (shipment.window_opens) text += WaitsForWindow(*shipment.window_opens);
  if (shipment.fallback_of) text += ", in place of " + Format(ItemKind::shipment, *shipment.fallback_of);
  if (shipment.fallback) text += ", fell back to " + Format(ItemKind::shipment, *shipment.fallback);
  return text;
}

std::string About(const ledger::MessageSummary& message) {
  return "part " + std::to_string(message.part) + " of " + std::to_string(message.total) + " of " +
         Format(ItemKind::shipment, message.shipment) +
         (message.window_opens ? WaitsForWindow(*message.window_opens) : "");
}

std::string About(const ledger::MailSummary& mail) {
  std::string text = Printable(mail.mailbox) + ", " + CountOf(mail.size, "byte");
  if (mail.joined) text += ", joined from fragments";
  if (mail.new_instances > 0) text += ", " + CountOf(mail.new_instances, "new instance");
  return text;
}

std::string About(const ledger::DeliverySummary& delivery) {
  return Printable(delivery.pacs) + ", " + Format(ItemKind::instance, delivery.instance);
}

std::string About(const ledger::ReceiptSummary& receipt) {
  const std::string mail = "for " + Format(ItemKind::mail, receipt.mail);
  return receipt.disposition ? std::string(NameOf(*receipt.disposition)) + ", " + mail : mail;
}

std::string About(const ledger::SetSummary& set) {
  return std::to_string(set.parts_received) + " of " + CountOf(set.total, "part") + " received";
}

std::string About(const ledger::DocumentSummary& document) {
  return Printable(document.content_type) + ", " + CountOf(document.size, "byte") + ", " +
         (document.mail ? "from " + Format(ItemKind::mail, *document.mail)
                        : "in " + Format(ItemKind::shipment, document.shipment));
}

std::string ReasonOf(const ledger::ItemSummary& item) {
  if (item.not_configured) return NotConfigured(*item.not_configured);
  if (item.away) return "waiting: " + TextOf(*item.away);
  return TextOf(item.reason, item.id);
}

std::string PartnerOf(const ledger::ItemSummary& item) {
  const auto* mail = std::get_if<ledger::MailSummary>(&item.about);
  return mail != nullptr && item.partner.empty() ? Printable(mail->sender) : item.partner;
}

}  // namespace

ListLine LineOf(const ledger::ItemSummary& item) {
  return {
      Format(item.id),        std::string(item.not_configured ? ledger::kStranded : item.state.name), PartnerOf(item),
      FormatTime(item.since), std::visit([](const auto& about) { return About(about); }, item.about), ReasonOf(item)};
}

}  // namespace gateway::cli
