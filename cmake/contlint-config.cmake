# find_package(contlint) gives contlint_check(). Installed beside contlint.
#
# contlint_check(TARGET [NAME target] [FILTER regex] [OPTIONS option...])
#
# Makes a target contlint-TARGET (or NAME) that checks the C sources of TARGET. Each source is
# extracted by a build action of its own, with the flags that TARGET is compiled with, so that Ninja
# or a remote executor spreads them and only what changed is read again; then `contlint link` judges
# all of it. OPTIONS go to `contlint link`: --fail-on, --format sarif=FILE, --db FILE ...
# FILTER leaves out sources whose path does not match.
#
# Compile options that are generator expressions for one language ($<COMPILE_LANGUAGE:...>) cannot
# be handed to a build action: check such a target with `contlint check -p` instead.
get_filename_component(_contlint_prefix ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
find_program(CONTLINT_EXECUTABLE contlint HINTS ${_contlint_prefix}/bin ${_contlint_prefix}/../bin)
set(contlint_FOUND TRUE)
if(NOT CONTLINT_EXECUTABLE)
	set(contlint_FOUND FALSE)
	set(contlint_NOT_FOUND_MESSAGE "the program contlint is not installed")
endif()

# The extraction of `source` as a build action; `facts_variable` is where it writes.
function(_contlint_extract target source facts_variable)
	string(MD5 place ${source})
	string(SUBSTRING ${place} 0 8 place)
	get_filename_component(name ${source} NAME_WE)
	set(facts ${CMAKE_CURRENT_BINARY_DIR}/contlint/${target}/${name}-${place}.facts)
	set(includes $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
	set(definitions $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
	set(standard $<TARGET_PROPERTY:${target},C_STANDARD>)
	separate_arguments(flags UNIX_COMMAND "${CMAKE_C_FLAGS}")
	add_custom_command(OUTPUT ${facts}
		COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/contlint/${target}
		COMMAND ${CONTLINT_EXECUTABLE} extract --root ${CMAKE_SOURCE_DIR} -o ${facts}
			--depfile ${facts}.d -- ${CMAKE_C_COMPILER} ${flags}
			"$<$<BOOL:${standard}>:-std=gnu${standard}>"
			"$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},;-D>>"
			"$<$<BOOL:${includes}>:-I$<JOIN:${includes},;-I>>"
			"$<TARGET_PROPERTY:${target},COMPILE_OPTIONS>" -c ${source}
		DEPENDS ${source} ${CONTLINT_EXECUTABLE} DEPFILE ${facts}.d
		COMMENT "contlint: extract ${name}.c" COMMAND_EXPAND_LISTS VERBATIM)
	set(${facts_variable} ${facts} PARENT_SCOPE)
endfunction()

function(contlint_check target)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME;FILTER" "OPTIONS")
	if(NOT TARGET ${target})
		message(FATAL_ERROR "contlint_check: there is no target ${target}")
	endif()
	if(NOT arg_NAME)
		set(arg_NAME contlint-${target})
	endif()
	get_target_property(sources ${target} SOURCES)
	get_target_property(folder ${target} SOURCE_DIR)
	set(all "")
	foreach(source IN LISTS sources)
		get_filename_component(source "${source}" ABSOLUTE BASE_DIR ${folder})
		if(source MATCHES "\\.c$" AND (NOT arg_FILTER OR source MATCHES "${arg_FILTER}"))
			_contlint_extract(${target} ${source} facts)
			list(APPEND all ${facts})
		endif()
	endforeach()
	if(NOT all)
		message(FATAL_ERROR "contlint_check: ${target} has no C sources to check")
	endif()
	add_custom_target(${arg_NAME}
		COMMAND ${CONTLINT_EXECUTABLE} link --root ${CMAKE_SOURCE_DIR} ${arg_OPTIONS} ${all}
		DEPENDS ${all} COMMENT "contlint: ${target}" USES_TERMINAL VERBATIM)
endfunction()
