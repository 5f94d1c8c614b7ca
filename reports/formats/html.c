/* One HTML file that stands alone: page, style, script and data. What others wrote (file names,
 * sources, messages) is only in the JSON, where no < is left, and the script makes text of it,
 * never markup. The page's own policy lets run nothing but this script, and loads nothing. */
#include "reports/formats/html.h"

#include <string.h>

#include "reports/jsontext.h"

/* Embedded at build time: reports/html/. */
extern const char html_style[];
extern const char html_script[];
extern const char html_page[];

/* As Content-Security-Policy names a script or style. Caller frees. */
static char *policy_hash(const char *text)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize size = sizeof(digest);

	g_checksum_update(checksum, (const guchar *)text, (gssize)strlen(text));
	g_checksum_get_digest(checksum, digest, &size);
	return g_base64_encode(digest, size);
}

static void append_head(GString *out, const struct report_input *input)
{
	g_autofree char *style = policy_hash(html_style);
	g_autofree char *script = policy_hash(html_script);
	g_autofree char *base = input->root ? g_path_get_basename(input->root) : g_strdup("");
	g_autofree char *valid = g_utf8_make_valid(base, -1);
	g_autofree char *title = g_markup_escape_text(valid, -1);

	g_string_append_printf(
		out,
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"script-src 'sha256-%s'; style-src 'sha256-%s'; base-uri 'none'; "
		"form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"generator\" content=\"contlint " CONTLINT_VERSION "\">\n"
		"<title>contlint%s%s</title>\n<style>%s</style>\n</head>\n<body>\n",
		script, style, title[0] ? ": " : "", title, html_style);
}

/* A < stands only inside of strings: none may begin an end tag or a comment. */
static void append_data(GString *out, const struct report_input *input)
{
	g_autoptr(sources_t) sources = sources_new(input->root);
	g_autoptr(GString) json = g_string_new(NULL);
	const char *from, *at;

	jsontext_append(html_data(input, sources), JSON_COMPACT, json);
	g_string_append(out, "<script type=\"application/json\" id=\"data\">");
	for (from = json->str; (at = strchr(from, '<')); from = at + 1) {
		g_string_append_len(out, from, at - from);
		g_string_append(out, "\\u003c");
	}
	g_string_append(out, from);
	g_string_append(out, "</script>\n");
}

static bool write_html(const struct report_input *input, GString *out, GError **error)
{
	append_head(out, input);
	g_string_append(out, html_page);
	append_data(out, input);
	g_string_append_printf(out, "<script>%s</script>\n</body>\n</html>\n", html_script);
	return true;
}

const struct format format_html = {
	.name = "html",
	.summary = "one page that stands alone: filter, search, paths, evidence, history",
	.write = write_html,
};
