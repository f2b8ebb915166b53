include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ragqueue")

# A consumer of the shared library needs none of our private libraries, so only a static build asks for them.
get_target_property(library_type ragqueue TYPE)
set(static_dependencies "")
set(pc_private "")
set(pc_enqueue_private "")
set(enqueue_static_dependencies "")
if(library_type STREQUAL "STATIC_LIBRARY")
  set(static_dependencies "find_dependency(CURL)\nfind_dependency(fmt)\nfind_dependency(ICU COMPONENTS uc)\nfind_dependency(OpenSSL COMPONENTS Crypto)\nfind_dependency(PostgreSQL)\nfind_dependency(simdjson)")
  # Neither libpq nor libcurl as Requires.private: Debian's .pc files of both list libraries that their packages do not bring along.
  set(enqueue_static_dependencies "find_dependency(PostgreSQL)")
  set(pc_enqueue_private "Libs.private: -lpq")
  set(pc_private "Requires.private: fmt icu-uc libcrypto simdjson\nLibs.private: -lpq -lcurl")
endif()

# ragqueue_install(TARGET EXPORT): a library with its headers and the targets file by which find_package knows it.
function(ragqueue_install target export)
  install(TARGETS ${target} EXPORT ${export}
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT ${export} NAMESPACE ragqueue:: DESTINATION "${package_dir}")
endfunction()

ragqueue_install(ragqueue ragqueueTargets)
ragqueue_install(ragqueue_enqueue ragqueue-enqueueTargets)
if(TARGET ragqueue_testing)
  ragqueue_install(ragqueue_testing ragqueue-testingTargets)
endif()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/ragqueueConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/package/ragqueueConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/ragqueueConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)  # while the version is 0.x
install(FILES "${PROJECT_BINARY_DIR}/package/ragqueueConfig.cmake"
              "${PROJECT_BINARY_DIR}/package/ragqueueConfigVersion.cmake"
        DESTINATION "${package_dir}")

# pkg-config learns the prefix from where the .pc file lies, so that the tree can be moved.
set(pc_libdir "\${prefix}")
cmake_path(APPEND pc_libdir "${CMAKE_INSTALL_LIBDIR}")
set(pc_includedir "\${prefix}")
cmake_path(APPEND pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig"
           OUTPUT_VARIABLE pc_prefix)
# ragqueue_pkg_config(NAME LIBRARY DESCRIPTION PRIVATE): NAME.pc
function(ragqueue_pkg_config pc_name pc_library pc_description pc_private)
  configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/ragqueue.pc.in" "${PROJECT_BINARY_DIR}/package/${pc_name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/package/${pc_name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endfunction()

ragqueue_pkg_config(ragqueue ragqueue "${PROJECT_DESCRIPTION}" "${pc_private}")
ragqueue_pkg_config(ragqueue-enqueue ragqueue_enqueue "Enqueues for ragqueue, over libpq alone" "${pc_enqueue_private}")

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
