# Everything comes from the system; script/bootstrap installs what is missing.

# A project that adds this one links what is found here, from its own folder.
if(NOT PROJECT_IS_TOP_LEVEL)
    set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
endif()
# find_dependency() asks for its package as insistently as the package that it is called for was asked for.
set(CMAKE_FIND_PACKAGE_NAME chanx)
set(chanx_FIND_REQUIRED TRUE)
include(LibraryDependencies)
unset(CMAKE_FIND_PACKAGE_NAME)

# chanx_find_for(component option prefix module debian_package): sets chanx_with_COMPONENT. The option is ON, OFF or AUTO.
macro(chanx_find_for component option prefix module debian_package)
    set(chanx_with_${component} OFF)
    if(${option})
        if(${option} STREQUAL "AUTO")
            pkg_check_modules(${prefix} QUIET IMPORTED_TARGET GLOBAL ${module})
        else()
            pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET GLOBAL ${module})
        endif()
        if(TARGET PkgConfig::${prefix})
            set(chanx_with_${component} ON)
        else()
            message(STATUS "chanx::${component} is not built, for there is no ${prefix} (Debian: ${debian_package})")
        endif()
    endif()
endmacro()

# chanx::redis speaks with Redis through hiredis.
chanx_find_for(redis CHANX_REDIS hiredis "hiredis>=0.14" libhiredis-dev)
# chanx::metrics writes Prometheus' text format with prometheus-cpp's core. Its CMake package asks for what its other parts need.
chanx_find_for(metrics CHANX_METRICS prometheus prometheus-cpp-core prometheus-cpp-dev)

if(CHANX_BUILD_EXAMPLES OR CHANX_BUILD_TESTS)
    find_package(CLI11 REQUIRED)
    find_package(SQLiteCpp REQUIRED)
endif()
if(CHANX_BUILD_TESTS)
    find_package(Catch2 REQUIRED)
endif()
