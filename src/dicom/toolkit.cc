#include "dicom/toolkit.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/oflog/oflog.h>
#include <dcmtk/oflog/spi/logevent.h>
// clang-format on

#include <mutex>

#include "dicom/character_set.h"
#include "dicom/error_codes.h"
#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

class EventAppender : public dcmtk::log4cplus::Appender {
 public:
  ~EventAppender() override { destructorImpl(); }
  void close() override {}

 protected:
  void append(const dcmtk::log4cplus::spi::InternalLoggingEvent& event) override {
    try {
      events::DicomToolkit(event.getMessage().c_str());
    } catch (...) {  // DCMTK's frames above this one know no exceptions
    }
  }
};

}  // namespace

void LogToolkit(bool log) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  OFLog::configure(OFLogger::OFF_LOG_LEVEL);
  auto root = dcmtk::log4cplus::Logger::getRoot();
  root.removeAllAppenders();
  if (!log) return;
  // The level must not be below warnings, because DCMTK dumps whole commands with their UIDs at its
  // debug levels.
  root.setLogLevel(dcmtk::log4cplus::WARN_LOG_LEVEL);
  root.addAppender(dcmtk::log4cplus::SharedAppenderPtr(new EventAppender));
}

Result<void> StartToolkit(bool log) {
  static std::mutex mutex;  // tests start it from several places
  const std::lock_guard lock(mutex);
  LogToolkit(log);
  if (!dcmDataDict.isDictionaryLoaded()) {
    return Transient(codes::kDicomDictionaryMissing, "DCMTK's data dictionary cannot be loaded: see DCMDICTPATH");
  }
  // Otherwise each accepted connection would wait for a name server.
  dcmDisableGethostbyaddr.set(OFTrue);
  LoadCharacterSets();
  // The first network sets up state that DCMTK does not lock, so one is made here.
  T_ASC_Network* network = nullptr;
  if (ASC_initializeNetwork(NET_REQUESTOR, 0, 1, &network).good()) ASC_dropNetwork(&network);
  return {};
}

}  // namespace gateway::dicom
