#include <chanx/version.hpp>
#if __has_include(<chanx/chanx.hpp>)
#include <chanx/chanx.hpp>
#endif

#include <cstdio>

int main() {
    std::puts(chanx::version());
}
