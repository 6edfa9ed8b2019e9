#pragma once

#include "common/study/rubric.hpp"

namespace dsys::raft {

study::Rubric rubric();

}  // namespace dsys::raft
