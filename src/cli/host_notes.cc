#include "cli/host_notes.h"

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/ip_network.h"
#include "config/server_url.h"
#include "dicom/name_lookup.h"

namespace gateway::cli {
namespace {

struct Place {
  std::string key;
  std::string host;
  std::string_view consequence;
};

std::vector<Place> PlacesOf(const Settings& settings) {
  std::vector<Place> places;
  for (const CallerSettings& caller : settings.dicom.callers) {
    places.push_back({"dicom.callers", caller.host, "this caller is refused as long as its name is not known"});
  }
  for (const PacsSettings& pacs : settings.pacs) {
    places.push_back({"pacs." + pacs.name + ".host", pacs.host,
                      "images wait for this PACS as long as its name is not "
                      "known"});
  }
  for (const MailboxSettings& mailbox : settings.mailboxes) {
    for (const auto& [name, url] : {std::pair("smtp", mailbox.smtp.url), std::pair("imap", mailbox.imap.url)}) {
      const auto server = config::ParseServerUrl(url);
      if (!server) continue;  // the configuration's reader accepts no such URL
      places.push_back({"mailboxes." + mailbox.name + "." + name + ".url", server->host,
                        "no mail goes this way as long as its name is not known"});
    }
  }
  std::erase_if(places, [](const Place& place) { return IpNetwork::Parse(place.host).has_value(); });
  return places;
}

}  // namespace

std::vector<std::string> NotesOfHosts(const Settings& settings) {
  const std::vector<Place> places = PlacesOf(settings);
  std::set<std::string> names;
  for (const Place& place : places) names.insert(place.host);
  std::map<std::string, std::string> unknown;  // the words of the resolver
  dicom::LookUpByResolver({names.begin(), names.end()},
                          [&](const std::string& host, const Result<dicom::Addresses>& found) {
                            if (!found) unknown[host] = found.error().detail;
                          },
                          {});
  std::vector<std::string> notes;
  for (const Place& place : places) {
    const auto found = unknown.find(place.host);
    if (found == unknown.end()) continue;
    notes.push_back("warning: " + place.key + ": " + found->second + "; " + std::string(place.consequence));
  }
  return notes;
}

}  // namespace gateway::cli
