#pragma once

#include "common/study/rubric.hpp"

namespace dsys::lock {

study::Rubric rubric();

}  // namespace dsys::lock
