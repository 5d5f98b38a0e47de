// The process that parses everything that came by mail: MIME, what is encrypted in it, and DICOM
// headers. It has no network, and only those files that the daemon hands to it. Whatever kills it
// costs one mail. open_process.h is the daemon's side.
#pragma once

namespace gateway::opener {

// Serves `socket` until the daemon closes it. Returns the exit code.
int RunOpenWorker(int socket);

}  // namespace gateway::opener
