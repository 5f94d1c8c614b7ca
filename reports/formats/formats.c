/* The list of formats, made from formats.def. */
#include "reports/formats/format.h"

#define FORMAT(name) extern const struct format format_##name;
#include "reports/formats/formats.def"
#undef FORMAT

const struct format *const formats_all[] = {
#define FORMAT(name) &format_##name,
#include "reports/formats/formats.def"
#undef FORMAT
	NULL,
};

const struct format *formats_find(const char *name)
{
	for (const struct format *const *format = formats_all; *format; format++)
		if (g_str_equal((*format)->name, name))
			return *format;
	return NULL;
}
