// Decides whether XML is a page that a browser would run. Private to this folder.
#pragma once

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::inbound {

// Reads all of `xml` in bounded memory, because what makes it a page may stand anywhere. XML is a
// page if it has an entity of its own or loads one, a stylesheet, an element of HTML that runs or
// frames something, or a namespace whose elements are shown, run or loaded: XHTML, SVG, MathML,
// XSLT, XUL, XInclude, and those of office files. References to characters ("&#60;") are replaced
// before. Errors: those of the source.
Result<bool> IsXmlPage(Source& xml);

}  // namespace gateway::inbound
