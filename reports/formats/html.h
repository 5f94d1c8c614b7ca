/* The parts of the HTML report that are made in files of their own. */
#ifndef CONTLINT_REPORTS_FORMATS_HTML_H
#define CONTLINT_REPORTS_FORMATS_HTML_H

#include <jansson.h>

#include "reports/formats/format.h"
#include "reports/formats/source.h"

/* The files that findings name, and the lines of them that the page needs. */
struct html_files;

struct html_files *html_files_new(struct sources *sources);
void html_files_free(struct html_files *files);

/* The number of `path`, -1 for NULL; remembers that the page shows `line` of it. */
int html_files_use(struct html_files *files, const char *path, guint line);

/* [[path, [[first line, text], ...]], ...]: every file once, whole as long as all of them stay
 * below a limit, else the lines around those that are shown. Chunks are in falling order. */
json_t *html_files_json(const struct html_files *files);

/* All that the page shows, as reports/formats/html/report.js reads it. */
json_t *html_data(const struct report_input *input, struct sources *sources);

#endif
