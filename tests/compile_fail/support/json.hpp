#pragma once

// What the files about fields and constraints have in common.

#include <chanx/json/constraints.hpp>
#include <chanx/json/decode.hpp>
#include <chanx/json/encode.hpp>
#include <chanx/json/nullable.hpp>
#include <chanx/json/time.hpp>

#include <boost/describe/enum.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>
