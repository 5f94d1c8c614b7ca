# Everything foreign, found once. A missing library stops the configure step with the name of the
# package that has it.
find_package(PkgConfig REQUIRED)

function(contlint_need target module debian)
	pkg_check_modules(${target} IMPORTED_TARGET GLOBAL ${module})
	if(NOT ${target}_FOUND)
		message(FATAL_ERROR "contlint needs ${module}: install the package ${debian} "
			"(tools/install-packages.sh installs all of them on Debian and Ubuntu)")
	endif()
endfunction()

contlint_need(GLIB glib-2.0 libglib2.0-dev)
contlint_need(GIO gio-unix-2.0 libglib2.0-dev)
contlint_need(SQLITE sqlite3 libsqlite3-dev)
contlint_need(JANSSON jansson libjansson-dev)
contlint_need(YAML yaml-0.1 libyaml-dev)
contlint_need(LIBDW libdw libdw-dev)
contlint_need(LIBELF libelf libelf-dev)
contlint_need(XXHASH libxxhash libxxhash-dev)
if(CONTLINT_TESTS)
	contlint_need(CMOCKA cmocka libcmocka-dev)
endif()
include(FindLibclang)
