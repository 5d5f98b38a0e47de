#include "operations/host_names.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/ip_network.h"
#include "config/server_url.h"
#include "dicom/name_lookup.h"

namespace gateway::operations {
namespace {

struct Place {
  std::string key;
  std::string host;
  UnknownHost::Of of = UnknownHost::Of::caller;
};

std::vector<Place> PlacesOf(const Settings& settings) {
  std::vector<Place> places;
  for (const CallerSettings& caller : settings.dicom.callers) {
    places.push_back({"dicom.callers", caller.host, UnknownHost::Of::caller});
  }
  for (const PacsSettings& pacs : settings.pacs) {
    places.push_back({"pacs." + pacs.name + ".host", pacs.host, UnknownHost::Of::pacs});
  }
  for (const MailboxSettings& mailbox : settings.mailboxes) {
    for (const auto& [name, url] : {std::pair("smtp", mailbox.smtp.url), std::pair("imap", mailbox.imap.url)}) {
      const auto server = config::ParseServerUrl(url);
      if (!server) continue;  // the configuration's reader accepts no such URL
      places.push_back({"mailboxes." + mailbox.name + "." + name + ".url", server->host, UnknownHost::Of::mail_server});
    }
  }
  std::erase_if(places, [](const Place& place) { return IpNetwork::Parse(place.host).has_value(); });
  return places;
}

}  // namespace

std::vector<UnknownHost> FindUnknownHosts(const Settings& settings) {
  const std::vector<Place> places = PlacesOf(settings);
  std::set<std::string> names;
  for (const Place& place : places) names.insert(place.host);
  std::map<std::string, std::string> unknown;  // the words of the resolver
  dicom::LookUpByResolver({names.begin(), names.end()},
                          [&](const std::string& host, const Result<dicom::Addresses>& found) {
                            if (!found) unknown[host] = found.error().detail;
                          },
                          {});
  std::vector<UnknownHost> hosts;
  for (const Place& place : places) {
    const auto found = unknown.find(place.host);
    if (found == unknown.end()) continue;
    hosts.push_back({place.key, place.of, found->second});
  }
  return hosts;
}

}  // namespace gateway::operations
