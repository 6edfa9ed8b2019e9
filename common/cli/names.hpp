// The words that the verbs take from the layers below: what a problem is, and where words go.
#pragma once

#include "common/problem/problem.hpp"
#include "common/screen/progress_bar.hpp"
#include "common/screen/terminal.hpp"

namespace dsys::cli {

using problem::ExplorationText;
using problem::Explored;
using problem::ExploreRequest;
using problem::FlawText;
using problem::OwnOption;
using problem::OwnValues;
using problem::Path;
using problem::Problem;
using problem::Recording;
using problem::RunRequest;
using problem::ScenarioText;
using screen::ProgressBar;
using screen::Style;
using screen::Terminal;

}  // namespace dsys::cli
