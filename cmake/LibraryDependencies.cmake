# What the library stands on. The build includes this, and so does the installed chanx-config.cmake: a static
# library is linked together with everything that it uses itself.
include(CMakeFindDependencyMacro)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_dependency(Threads)
find_dependency(Boost 1.81 CONFIG COMPONENTS json)
find_dependency(OpenSSL 3)
find_dependency(spdlog)
find_dependency(ZLIB)
find_dependency(PkgConfig)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET GLOBAL libsodium)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET GLOBAL re2)
