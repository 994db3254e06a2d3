# cpack -G DEB: libchanx0.1 and libchanx-dev for Debian, from a build with -DCMAKE_INSTALL_PREFIX=/usr and
# -DBUILD_SHARED_LIBS=ON; from a static build, libchanx-dev alone.

# Who answers for the packages: who builds them, said as Debian's own tools are told it.
set(chanx_builder "$ENV{DEBFULLNAME}")
set(chanx_builder_address "$ENV{DEBEMAIL}")
if(NOT chanx_builder_address)
    cmake_host_system_information(RESULT chanx_host QUERY FQDN)
    set(chanx_builder_address "$ENV{USER}@${chanx_host}")
    if("$ENV{USER}" STREQUAL "")
        set(chanx_builder_address "root@${chanx_host}")
    endif()
endif()
if(NOT chanx_builder)
    set(chanx_builder "Whoever built this package")
endif()
set(CHANX_PACKAGE_CONTACT "${chanx_builder} <${chanx_builder_address}>" CACHE STRING
    "Maintainer of the Debian packages: Name <address>")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME chanx)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${CHANX_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "real-time applications over WebSocket")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ${BUILD_SHARED_LIBS})
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_COMPONENTS_ALL chanx_development)
set(chanx_soversion ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
# Compiling against chanx takes the headers of these, or CMake looks for them, some with pkg-config.
set(chanx_boost ${Boost_VERSION_MAJOR}.${Boost_VERSION_MINOR})
set(chanx_development_depends
    "libboost${chanx_boost}-dev, libboost-json${chanx_boost}-dev, libssl-dev (>= 3), libsodium-dev, libre2-dev, libspdlog-dev, libfmt-dev, zlib1g-dev, pkg-config")
if(TARGET chanx_redis)
    string(APPEND chanx_development_depends ", libhiredis-dev")
endif()
if(TARGET chanx_metrics)
    string(APPEND chanx_development_depends ", prometheus-cpp-dev")
endif()
if(BUILD_SHARED_LIBS)
    list(PREPEND CPACK_COMPONENTS_ALL chanx_runtime)
    string(PREPEND chanx_development_depends "libchanx${chanx_soversion} (= ${PROJECT_VERSION}), ")
endif()

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

set(CPACK_DEBIAN_CHANX_RUNTIME_PACKAGE_NAME libchanx${chanx_soversion})
set(CPACK_DEBIAN_CHANX_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_CHANX_RUNTIME_DESCRIPTION "The shared libraries of chanx, for C++20.")
# Both read what the libraries themselves say they need and offer.
set(CPACK_DEBIAN_CHANX_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)

set(CPACK_DEBIAN_CHANX_DEVELOPMENT_PACKAGE_NAME libchanx-dev)
set(CPACK_DEBIAN_CHANX_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_CHANX_DEVELOPMENT_PACKAGE_DEPENDS ${chanx_development_depends})
set(CPACK_DEBIAN_CHANX_DEVELOPMENT_DESCRIPTION 
    "Headers, libraries, and what CMake and pkg-config read, to compile programs
and tests with chanx. The compiler must be clang 16 or later, or g++ 13 or later.")

# Each package has the licence where Debian's policy (12.5) wants it. In the packages only.
file(READ ${PROJECT_SOURCE_DIR}/LICENSE chanx_licence)
string(STRIP "${chanx_licence}" chanx_licence)
string(REGEX REPLACE "\n\n" "\n.\n" chanx_licence "${chanx_licence}")
string(REGEX REPLACE "\n" "\n " chanx_licence " ${chanx_licence}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/debian-copyright.in ${PROJECT_BINARY_DIR}/debian-copyright @ONLY)
set(chanx_copyrights libchanx-dev chanx_development)
if(BUILD_SHARED_LIBS)
    list(APPEND chanx_copyrights libchanx${chanx_soversion} chanx_runtime)
endif()
while(chanx_copyrights)
    list(POP_FRONT chanx_copyrights package component)
    install(FILES ${PROJECT_BINARY_DIR}/debian-copyright RENAME copyright
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component} EXCLUDE_FROM_ALL)
endwhile()

include(CPack)
