// Shows a long text through the user's pager.
#pragma once

#include <string>

namespace dsys::screen {

// Runs $PAGER, or `less -FRX` if it is not set, on the text and waits for it. Whoever leaves the
// pager early has read enough: that is no error. False: there is no pager, or it cannot be run,
// and nothing was shown.
bool shown_in_pager(const std::string& text);

}  // namespace dsys::screen
