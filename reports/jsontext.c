/* JSON out. */
#include "reports/jsontext.h"

json_t *jsontext_new(const char *text)
{
	g_autofree char *valid = NULL;

	if (!text)
		return json_null();
	if (g_utf8_validate(text, -1, NULL))
		return json_string_nocheck(text);
	valid = g_utf8_make_valid(text, -1);
	return json_string_nocheck(valid);
}

void jsontext_set(json_t *object, const char *key, const char *text)
{
	if (text)
		(void)json_object_set_new_nocheck(object, key, jsontext_new(text));
}

static int append(const char *buffer, size_t size, void *out)
{
	g_string_append_len(out, buffer, (gssize)size);
	return 0;
}

void jsontext_append(json_t *value, size_t flags, GString *out)
{
	(void)json_dump_callback(value, append, out, flags);
	json_decref(value);
}
