# contlint_embed(TARGET SYMBOL FILE): the bytes of FILE as `const char SYMBOL[]`, with a NUL behind,
# compiled into TARGET. Made anew when FILE changes; needs nothing but CMake.
set(CONTLINT_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(contlint_embed target symbol file)
	set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
	add_custom_command(OUTPUT ${output}
		COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${output} -DSYMBOL=${symbol}
			-P ${CONTLINT_EMBED_SCRIPT}
		DEPENDS ${file} ${CONTLINT_EMBED_SCRIPT} VERBATIM)
	target_sources(${target} PRIVATE ${output})
endfunction()

# As a script (-P): writes OUTPUT.
if(CMAKE_SCRIPT_MODE_FILE)
	file(READ ${INPUT} bytes HEX)
	string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
	string(REPLACE "0x0a," "0x0a,\n" bytes "${bytes}") # a line for a line
	file(WRITE ${OUTPUT}
		"extern const char ${SYMBOL}[];\nconst char ${SYMBOL}[] = {\n${bytes}0};\n")
endif()
