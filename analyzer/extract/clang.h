/* libclang, loaded when it is first needed: it and LLVM take 60 ms to load, and most commands, a
 * check of what has not changed among them, parse nothing. To be included instead of
 * <clang-c/Index.h>; calls look as ever and go through the table. */
#ifndef CONTLINT_ANALYZER_EXTRACT_CLANG_H
#define CONTLINT_ANALYZER_EXTRACT_CLANG_H

#include <clang-c/Index.h>

/* One pointer for each line of clang.def, under the function's own name; filled by extract_load(),
 * before which no call may be made. */
struct clang_calls {
#define CLANG(name) __typeof__(name) *name;
#include "analyzer/extract/clang.def"
};

extern struct clang_calls clang_calls;

/* Made from clang.def: #define clang_createIndex clang_calls.clang_createIndex */
#include "analyzer/extract/clang_calls.h"

#endif
