// Starts the codecs of this folder.
#pragma once

namespace gateway::dicom {

// Loads DCMTK's encoders and decoders. Must be called once, before the sandbox, and before anything
// is coded or decoded.
void LoadCodecs();

}  // namespace gateway::dicom
