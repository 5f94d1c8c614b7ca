# `cpack` in the build folder: contlint-VERSION-Linux-ARCH.tar.gz, which runs from wherever it is
# unpacked if its libraries are installed, and a .deb that says which ones it needs.
set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_NAME contlint)
set(CPACK_PACKAGE_CONTACT "the authors of contlint <contlint@invalid>")
set(CPACK_PACKAGE_VENDOR contlint)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "linter for C: continuations that hold an I/O thread")
set(CPACK_PACKAGE_DESCRIPTION "contlint finds code that an event loop or a completion port
calls and that then sleeps, waits for the disk, another process or a name
server, or computes for long. Findings are kept in a SQLite database and can
be confirmed by running the program.")
set(CPACK_PACKAGE_FILE_NAME contlint-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
# libclang is loaded when it is needed, which no tool can see, and needs its builtin headers
# (stddef.h), which Debian has in a package of their own.
string(REGEX MATCH "llvm-([0-9]+)" _ "${LIBCLANG_PREFIX}")
if(CMAKE_MATCH_1)
	set(CPACK_DEBIAN_PACKAGE_DEPENDS libclang1-${CMAKE_MATCH_1}
		libclang-common-${CMAKE_MATCH_1}-dev)
endif()
find_program(CONTLINT_SHLIBDEPS dpkg-shlibdeps)
if(CONTLINT_SHLIBDEPS)
	set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
else()
	list(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS libglib2.0-0 libsqlite3-0 libjansson4 libyaml-0-2
		libxxhash0 libdw1 libelf1)
endif()
string(REPLACE ";" ", " CPACK_DEBIAN_PACKAGE_DEPENDS "${CPACK_DEBIAN_PACKAGE_DEPENDS}")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
include(CPack)
