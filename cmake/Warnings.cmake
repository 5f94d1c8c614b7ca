# The house's compiler flags, for every target: contlint_warnings is linked privately by each.
add_library(contlint_warnings INTERFACE)
target_compile_definitions(contlint_warnings INTERFACE _GNU_SOURCE)
target_compile_options(contlint_warnings INTERFACE
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings
	-Wvla -Wpointer-arith -Wno-unused-parameter -Wno-missing-field-initializers
	$<$<BOOL:${CONTLINT_WERROR}>:-Werror>)
if(CONTLINT_SANITIZE STREQUAL "thread")
	# gcc says that ThreadSanitizer does not know fences; none of ours orders threads.
	add_compile_options(-fsanitize=thread -fno-omit-frame-pointer
		$<$<C_COMPILER_ID:GNU>:-Wno-tsan>)
	add_link_options(-fsanitize=thread)
elseif(CONTLINT_SANITIZE)
	add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
		-fno-omit-frame-pointer)
	add_link_options(-fsanitize=address,undefined)
endif()

# contlint_objects(NAME [link libraries]): a static library of all .c files in this folder.
function(contlint_objects name)
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
	add_library(${name} STATIC ${sources})
	target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
	target_link_libraries(${name} PRIVATE contlint_warnings PUBLIC ${ARGN})
endfunction()
