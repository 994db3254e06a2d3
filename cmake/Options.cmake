# What this project's own code is compiled with. Nothing here is exported to those who link it.
if(PROJECT_IS_TOP_LEVEL)
    set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
    set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "")
    find_program(CHANX_CCACHE ccache)
    if(CHANX_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
        set(CMAKE_CXX_COMPILER_LAUNCHER ${CHANX_CCACHE})
    endif()
    find_program(CHANX_LLD NAMES ld.lld-19 ld.lld)
    if(CHANX_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        add_link_options(--ld-path=${CHANX_LLD})
    endif()
endif()

# Warnings, sanitizers and the language level, for the project's own targets.
add_library(chanx_options INTERFACE)
target_compile_features(chanx_options INTERFACE cxx_std_20)
target_compile_options(chanx_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)

# Sanitizers are a property of the target, so that Catch2's main can do without.
add_library(chanx_sanitizers INTERFACE)
if(CHANX_SANITIZE)
    target_compile_options(chanx_sanitizers INTERFACE
        -fsanitize=${CHANX_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(chanx_sanitizers INTERFACE -fsanitize=${CHANX_SANITIZE})
endif()
