# libclang 16 or newer: the newest that Debian's llvm folders, Homebrew's or the system's own
# folders hold. Set CONTLINT_LLVM to a prefix (/usr/lib/llvm-19) to choose one.
# Gives the target Libclang (headers only) and LIBCLANG_LIBRARY, LIBCLANG_PREFIX.
set(CONTLINT_LLVM "" CACHE PATH "prefix of the LLVM whose libclang is used")
if(CONTLINT_LLVM)
	set(_llvm_prefixes ${CONTLINT_LLVM})
else()
	foreach(version RANGE 30 16 -1)
		list(APPEND _llvm_prefixes /usr/lib/llvm-${version} /usr/lib64/llvm${version}
			/opt/homebrew/opt/llvm@${version} /usr/local/opt/llvm@${version})
	endforeach()
	list(APPEND _llvm_prefixes /opt/homebrew/opt/llvm /usr/local/opt/llvm /usr /usr/local)
endif()

foreach(prefix IN LISTS _llvm_prefixes)
	find_path(_libclang_include clang-c/Index.h PATHS ${prefix}/include NO_DEFAULT_PATH NO_CACHE)
	find_library(_libclang_library NAMES clang libclang PATHS ${prefix}/lib ${prefix}/lib64
		${prefix}/lib/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH NO_CACHE)
	if(_libclang_include AND _libclang_library)
		file(STRINGS ${_libclang_include}/clang-c/Index.h _minor
			REGEX "^#define CINDEX_VERSION_MINOR [0-9]+")
		string(REGEX REPLACE "[^0-9]" "" _minor "${_minor}")
		# CINDEX_VERSION_MINOR 63 is libclang 16, 64 is 17 to 20: BinaryOperatorKind came with 17.
		if(_minor GREATER_EQUAL 63)
			set(LIBCLANG_PREFIX ${prefix})
			break()
		endif()
	endif()
	unset(_libclang_include)
	unset(_libclang_library)
endforeach()
if(NOT LIBCLANG_PREFIX)
	message(FATAL_ERROR "contlint needs libclang 16 or newer: install the package libclang-19-dev "
		"(or libclang-18-dev, libclang-16-dev; Homebrew: llvm), or set -DCONTLINT_LLVM=PREFIX")
endif()
message(STATUS "libclang: ${_libclang_library}")
add_library(Libclang INTERFACE)
target_include_directories(Libclang SYSTEM INTERFACE ${_libclang_include})
# Loaded at run time, by the name that its own links have: libclang-19.so.1 stays when the -dev
# package goes.
execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${_libclang_library}
	OUTPUT_VARIABLE _soname ERROR_QUIET)
if(_soname MATCHES "SONAME +([^ \n]+)")
	set(_soname ${CMAKE_MATCH_1})
	get_filename_component(LIBCLANG_LIBRARY ${_libclang_library} REALPATH)
	get_filename_component(LIBCLANG_LIBRARY ${LIBCLANG_LIBRARY} DIRECTORY)
	set(LIBCLANG_LIBRARY ${LIBCLANG_LIBRARY}/${_soname})
endif()
if(NOT EXISTS "${LIBCLANG_LIBRARY}")
	set(LIBCLANG_LIBRARY ${_libclang_library})
endif()
target_link_libraries(Libclang INTERFACE ${CMAKE_DL_LIBS})
# Where this libclang's own headers (stddef.h) are, tried first at run time.
file(GLOB _resource ${LIBCLANG_PREFIX}/lib*/clang/*/include/stddef.h)
if(_resource)
	list(GET _resource 0 _resource)
	get_filename_component(_resource ${_resource} DIRECTORY)
	get_filename_component(_resource ${_resource} DIRECTORY)
	set(LIBCLANG_RESOURCE_DIR ${_resource})
endif()
