/* What a fuzz target is: one function over bytes that must survive any. In the tests it runs on its
 * corpus and on a fixed number of mutations of it; built with -fsanitize=fuzzer and
 * FUZZ_LIBFUZZER it is a libFuzzer target. Header only. */
#ifndef CONTLINT_TESTS_FUZZ_H
#define CONTLINT_TESTS_FUZZ_H

#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef FUZZ_LIBFUZZER

/* The same sequence in every run: a failure can be repeated. */
static inline uint32_t fuzz_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

/* Runs the target on a copy of exactly `size` bytes, so that reading past them is seen. */
static inline void fuzz_once(const void *data, size_t size)
{
	uint8_t *copy = g_malloc(size ? size : 1);

	if (size)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	g_free(copy);
}

/* One change of up to four bytes, or a cut, in place. `*size` is at least 1 and never grows. */
static inline void fuzz_mutate(uint8_t *data, size_t *size, uint64_t *state)
{
	static const uint32_t words[] = {0, 1, 2, 0x7fffffff, 0x80000000, UINT32_MAX, 16, 255};
	size_t at = fuzz_random(state) % *size;
	uint32_t word = words[fuzz_random(state) % G_N_ELEMENTS(words)];

	switch (fuzz_random(state) % 8) {
	case 0:
		*size = at + 1;
		return;
	case 1:
	case 2:
		data[at] ^= 1u << fuzz_random(state) % 8;
		return;
	case 3:
		data[at] = fuzz_random(state);
		return;
	case 4:
		word = fuzz_random(state) % 64; /* fall through */
	default:
		at &= ~(size_t)3;
		if (at + 4 <= *size)
			memcpy(data + at, &word, 4);
		return;
	}
}

/* `count` inputs, each one to four mutations away from `seed`. */
static inline void fuzz_mutations(const void *seed, size_t seed_size, unsigned count)
{
	uint64_t state = 1;

	fuzz_once(seed, seed_size);
	for (unsigned i = 0; i < count && seed_size; i++) {
		uint8_t *data = g_memdup2(seed, seed_size);
		size_t size = seed_size;

		for (unsigned j = fuzz_random(&state) % 4; j < 4; j++)
			fuzz_mutate(data, &size, &state);
		fuzz_once(data, size);
		g_free(data);
	}
}

/* main() for a target whose corpus is files: all arguments, then `count` mutations of each. */
static inline int fuzz_files(int argc, char **argv, unsigned count)
{
	for (int i = 1; i < argc; i++) {
		char *data;
		gsize size;

		if (!g_file_get_contents(argv[i], &data, &size, NULL)) {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
			return EXIT_FAILURE;
		}
		fuzz_mutations(data, size, count);
		g_free(data);
	}
	return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
#endif
