#pragma once

#include "common/study/rubric.hpp"

namespace dsys::hashring {

study::Rubric rubric();

}  // namespace dsys::hashring
