// A user's file at its smallest: what it pulls in is what every user compiles.
#if __has_include(<chanx/chanx.hpp>)
#include <chanx/chanx.hpp>
#else
#include <chanx/version.hpp>
#endif
