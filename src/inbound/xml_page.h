// Whether XML is a page that a browser would run. Private to this folder.
#pragma once

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::inbound {

// Reads all of `xml` in bounded memory: what makes a page of it may stand anywhere. Such are an entity of its own, a
// stylesheet, an element of HTML that runs or frames something, and the namespaces of XHTML, SVG and MathML. References
// to characters ("&#60;") are undone before. Errors of the source.
Result<bool> IsXmlPage(Source& xml);

}  // namespace gateway::inbound
