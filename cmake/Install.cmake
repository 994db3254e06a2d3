# cmake --install, and what find_package(chanx) and pkg-config read: chanx::chanx, chanx::testing, chanx::redis,
# and chanx::metrics.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(chanx_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/chanx)
set(chanx_installed_targets chanx)
if(TARGET chanx_testing)
    list(APPEND chanx_installed_targets chanx_testing)
    set_target_properties(chanx_testing PROPERTIES EXPORT_NAME testing)
endif()
if(TARGET chanx_redis)
    list(APPEND chanx_installed_targets chanx_redis)
    set_target_properties(chanx_redis PROPERTIES EXPORT_NAME redis)
endif()

if(TARGET chanx_metrics)
    list(APPEND chanx_installed_targets chanx_metrics)
    set_target_properties(chanx_metrics PROPERTIES EXPORT_NAME metrics)
endif()

# Two components: what a program needs that is linked to the shared libraries, and what compiling needs.
install(TARGETS ${chanx_installed_targets} EXPORT chanx-targets
    LIBRARY COMPONENT chanx_runtime NAMELINK_COMPONENT chanx_development
    ARCHIVE COMPONENT chanx_development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/chanx DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT chanx_development FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT chanx_development)

install(EXPORT chanx-targets NAMESPACE chanx:: DESTINATION ${chanx_package_dir} COMPONENT chanx_development)
set(chanx_components core)
if(TARGET chanx_testing)
    list(APPEND chanx_components testing)
endif()
if(TARGET chanx_redis)
    list(APPEND chanx_components redis)
endif()
if(TARGET chanx_metrics)
    list(APPEND chanx_components metrics)
endif()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/chanx-config.cmake.in
    ${PROJECT_BINARY_DIR}/chanx-config.cmake INSTALL_DESTINATION ${chanx_package_dir})
# Before 1.0 a minor version may break what is built on it.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/chanx-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/chanx-config.cmake
    ${PROJECT_BINARY_DIR}/chanx-config-version.cmake
    ${CMAKE_CURRENT_LIST_DIR}/CheckCoroutines.cmake
    ${CMAKE_CURRENT_LIST_DIR}/check_coroutines.cpp
    ${CMAKE_CURRENT_LIST_DIR}/LibraryDependencies.cmake
    ${CMAKE_CURRENT_LIST_DIR}/EmbedFiles.cmake
    ${CMAKE_CURRENT_LIST_DIR}/EmbedFilesScript.cmake
    DESTINATION ${chanx_package_dir} COMPONENT chanx_development)

# For pkg-config. The prefix follows from where the file lies, so that the tree can be moved.
set(chanx_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH chanx_pc_prefix /${chanx_pc_dir} /)
string(REGEX REPLACE "/$" "" chanx_pc_prefix "${chanx_pc_prefix}")
# What only the library uses is linked by those who link it statically.
if(BUILD_SHARED_LIBS)
    set(chanx_pc_private .private)
else()
    set(chanx_pc_private "")
endif()
foreach(name IN ITEMS chanx chanx-testing chanx-redis chanx-metrics)
    string(REPLACE "-" "_" target ${name})
    if(TARGET ${target})
        configure_file(${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
        install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${chanx_pc_dir} COMPONENT chanx_development)
    endif()
endforeach()
