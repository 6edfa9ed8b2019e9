#pragma once

#include "common/study/rubric.hpp"

namespace dsys::zklock {

study::Rubric rubric();

}  // namespace dsys::zklock
