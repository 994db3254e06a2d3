#pragma once

// Durations, time points and clocks of std::chrono. <chrono> of C++20 also brings calendars, time zones and
// formatting, and with these the streams: a tenth of the time that a consumer's file takes to compile. A file that
// uses them includes <chrono> itself.

#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>  // libstdc++ since 12
#else
#include <chrono>
#endif
