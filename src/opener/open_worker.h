// The process in which everything that came by mail is parsed: MIME, OpenPGP, DICOM headers. It has no network and no
// files but those handed to it; whatever kills it costs one mail (open_process.h is the daemon's side).
#pragma once

namespace gateway::opener {

// Serves `socket` until the daemon closes it. Returns the exit code.
int RunOpenWorker(int socket);

}  // namespace gateway::opener
