/* A picture of a scenario: a lane for each thread, time from left to right, a box for each
 * continuation in the colour of what it did, and below how many packets waited. */
#include "timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LANES = 24,
	BOXES = 8192,
	WIDTH = 1200,
	LEFT = 130,
	TOP = 64,
	LANE = 34,
	BOX = 24,
	CHART = 70,
	COLUMNS = WIDTH - LEFT - 40,
};

enum colour { LIGHT, COMPUTES, BLOCKS, UNSPLIT, WORKS, COLOURS };

static const char *const fills[COLOURS] = {"#4e79a7", "#e15759", "#f28e2b", "#bab0ac", "#59a14f"};
static const char *const words[COLOURS] = {"light", "computes", "blocks", "long, not known",
					   "offloaded work"};

struct box {
	double start_us, end_us, queued_us;
	uint32_t tid;
	enum colour colour;
};

struct mark {
	double at_us;
	uint32_t tid, threads;
};

struct picture {
	struct box *boxes;
	unsigned box_count;
	struct mark marks[64];
	unsigned mark_count;
	struct {
		uint32_t tid;
		int worker;
		unsigned number; /* among its kind */
	} lanes[LANES];
	unsigned lane_count;
	double from_us, to_us;
};

/* ---- taking it from the trace ------------------------------------------------------------ */

/* A thread that waits for its processor is no other colour: it is the machine's, not its own. */
static enum colour colour_of(const struct contlint_trace_record *record)
{
	uint64_t wall = record->u.end.wall_ns, cpu = record->u.end.cpu_ns;
	uint64_t runqueue = (uint64_t)record->u.end.runqueue_us * 1000;
	uint64_t blocked = wall > cpu + runqueue ? wall - cpu - runqueue : 0;

	if (record->type == CONTLINT_TRACE_WORK)
		return WORKS;
	if (!(record->flags & CONTLINT_TRACE_SPLIT))
		return wall > 1000000 ? UNSPLIT : LIGHT;
	if (blocked > 1000000 && record->u.end.voluntary > 0)
		return BLOCKS;
	return cpu > 1000000 ? COMPUTES : LIGHT;
}

static void collect(const struct trace *trace, const struct contlint_trace_record *record,
		    void *user)
{
	struct picture *picture = user;
	double at = trace_us(trace, record->ticks);

	if (record->type == CONTLINT_TRACE_POOL_GROW && picture->mark_count < 64)
		picture->marks[picture->mark_count++] =
			(struct mark){at, record->tid, record->u.pool.threads};
	if ((record->type != CONTLINT_TRACE_CONTINUATION && record->type != CONTLINT_TRACE_WORK) ||
	    picture->box_count == BOXES)
		return;
	picture->boxes[picture->box_count++] = (struct box){
		.start_us = at - (double)record->u.end.wall_ns / 1000,
		.end_us = at,
		.queued_us = record->type == CONTLINT_TRACE_WORK ? 0 : record->u.end.queued_us,
		.tid = record->tid,
		.colour = colour_of(record),
	};
}

static int compare_boxes(const void *a, const void *b)
{
	double left = ((const struct box *)a)->start_us, right = ((const struct box *)b)->start_us;

	return (left > right) - (left < right);
}

/* Where the pool grows for the first time, shortly before it; else past the first tenth of a
 * second, which is start-up. */
static void choose_window(struct picture *picture, double width_us)
{
	double first = picture->boxes[0].start_us;
	double last = picture->boxes[picture->box_count - 1].end_us;
	double growth = picture->mark_count ? picture->marks[0].at_us : 0;

	for (unsigned i = 1; i < picture->mark_count; i++)
		growth = picture->marks[i].at_us < growth ? picture->marks[i].at_us : growth;
	if (picture->mark_count)
		picture->from_us = growth - width_us / 10 > first ? growth - width_us / 10 : first;
	else
		picture->from_us = first + (last - first > 3 * width_us ? width_us : 0);
	picture->to_us = picture->from_us + width_us;
}

static int is_visible(const struct picture *picture, const struct box *box)
{
	return box->end_us > picture->from_us && box->start_us < picture->to_us;
}

static int is_marked(const struct picture *picture, const struct mark *mark)
{
	return mark->at_us >= picture->from_us && mark->at_us <= picture->to_us;
}

static int lane_of(const struct picture *picture, const struct box *box)
{
	for (unsigned i = 0; i < picture->lane_count; i++)
		if (picture->lanes[i].tid == box->tid)
			return (int)i;
	return -1;
}

/* Lanes for the threads of one kind, in the order in which they come into the picture. */
static void add_lanes(struct picture *picture, int worker)
{
	unsigned number = 0;

	for (unsigned i = 0; i < picture->box_count; i++) {
		const struct box *box = &picture->boxes[i];

		if ((box->colour == WORKS) != worker || !is_visible(picture, box) ||
		    lane_of(picture, box) >= 0 || picture->lane_count == LANES)
			continue;
		picture->lanes[picture->lane_count].tid = box->tid;
		picture->lanes[picture->lane_count].worker = worker;
		picture->lanes[picture->lane_count++].number = ++number;
	}
}

/* ---- drawing ----------------------------------------------------------------------------- */

static double x_of(const struct picture *picture, double us)
{
	double x = (us - picture->from_us) / (picture->to_us - picture->from_us) * COLUMNS;

	return LEFT + (x < 0 ? 0 : x > COLUMNS ? COLUMNS : x);
}

static int has_colour(const struct picture *picture, enum colour colour)
{
	int has = 0;

	for (unsigned i = 0; i < picture->box_count; i++)
		has |= picture->boxes[i].colour == colour &&
		       is_visible(picture, &picture->boxes[i]);
	return has;
}

/* What can be seen in the picture, and nothing else. */
static void draw_legend(const struct picture *picture, FILE *out)
{
	int x = LEFT, grows = 0;

	for (int i = 0; i < COLOURS; i++) {
		if (!has_colour(picture, (enum colour)i))
			continue;
		fprintf(out,
			"<rect x=\"%d\" y=\"34\" width=\"12\" height=\"12\" fill=\"%s\"/>"
			"<text x=\"%d\" y=\"45\">%s</text>\n",
			x, fills[i], x + 18, words[i]);
		x += 130;
	}
	for (unsigned i = 0; i < picture->mark_count; i++)
		grows |= is_marked(picture, &picture->marks[i]);
	if (grows)
		fprintf(out,
			"<line x1=\"%d\" x2=\"%d\" y1=\"33\" y2=\"47\" stroke=\"#333\" "
			"stroke-dasharray=\"3 2\"/><text x=\"%d\" y=\"45\">a thread more: "
			"so many</text>\n",
			x + 6, x + 6, x + 18);
}

static void draw_frame(const struct picture *picture, FILE *out, const char *title, unsigned height)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		"viewBox=\"0 0 %d %u\" font-family=\"sans-serif\" font-size=\"13\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"10\" y=\"22\" font-size=\"16\">%s</text>\n",
		WIDTH, height, WIDTH, height, title);
	draw_legend(picture, out);
	for (unsigned i = 0; i < picture->lane_count; i++)
		fprintf(out,
			"<text x=\"10\" y=\"%u\">%s %u</text>"
			"<line x1=\"%d\" x2=\"%d\" y1=\"%u\" y2=\"%u\" stroke=\"#ddd\"/>\n",
			TOP + i * LANE + 17, picture->lanes[i].worker ? "worker" : "I/O thread",
			picture->lanes[i].number, LEFT, LEFT + COLUMNS, TOP + i * LANE + BOX,
			TOP + i * LANE + BOX);
}

/* Those that follow each other stay apart, as far as they are wide enough. */
static double width_of(double x, double end)
{
	if (end - x > 4)
		return end - x - 1;
	return end - x < 1 ? 1 : end - x;
}

static void draw_boxes(const struct picture *picture, FILE *out)
{
	for (unsigned i = 0; i < picture->box_count; i++) {
		const struct box *box = &picture->boxes[i];
		int lane = is_visible(picture, box) ? lane_of(picture, box) : -1;
		double x = x_of(picture, box->start_us), end = x_of(picture, box->end_us);

		if (lane < 0)
			continue;
		fprintf(out,
			"<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\">"
			"<title>%.3f ms, %s</title></rect>\n",
			x, TOP + lane * LANE, width_of(x, end), BOX, fills[box->colour],
			(box->end_us - box->start_us) / 1000, words[box->colour]);
	}
}

static void draw_marks(const struct picture *picture, FILE *out, unsigned bottom)
{
	for (unsigned i = 0; i < picture->mark_count; i++) {
		const struct mark *mark = &picture->marks[i];
		double x = x_of(picture, mark->at_us);

		if (!is_marked(picture, mark))
			continue;
		fprintf(out,
			"<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%u\" stroke=\"#333\" "
			"stroke-dasharray=\"3 2\"/><text x=\"%.1f\" y=\"%d\" font-size=\"11\">%u"
			"</text>\n",
			x, x, TOP - 6, bottom, x + 3, TOP - 6, mark->threads);
	}
}

/* How many packets waited, column by column. */
static void draw_queue(const struct picture *picture, FILE *out, unsigned top)
{
	static unsigned depth[COLUMNS + 1];
	unsigned most = 1;

	memset(depth, 0, sizeof(depth));
	for (unsigned i = 0; i < picture->box_count; i++) {
		const struct box *box = &picture->boxes[i];
		int from = (int)x_of(picture, box->start_us - box->queued_us) - LEFT;
		int to = (int)x_of(picture, box->start_us) - LEFT;

		for (int column = from; column < to && column < COLUMNS; column++)
			depth[column]++;
	}
	for (int i = 0; i < COLUMNS; i++)
		most = depth[i] > most ? depth[i] : most;
	fprintf(out,
		"<text x=\"10\" y=\"%u\">packets wait</text><text x=\"10\" y=\"%u\" "
		"font-size=\"11\">at most %u</text>\n<path fill=\"#b07aa1\" d=\"M%d %u",
		top + 20, top + 36, most > 1 || depth[0] ? most : depth[0], LEFT, top + CHART);
	for (int i = 0; i < COLUMNS; i++)
		fprintf(out, "L%d %.1fL%d %.1f", LEFT + i,
			top + CHART - (double)depth[i] / most * (CHART - 10), LEFT + i + 1,
			top + CHART - (double)depth[i] / most * (CHART - 10));
	fprintf(out, "L%d %uZ\"/>\n", LEFT + COLUMNS, top + CHART);
}

static void draw_axis(const struct picture *picture, FILE *out, unsigned top)
{
	double width_ms = (picture->to_us - picture->from_us) / 1000;

	for (int i = 0; i <= 10; i++)
		fprintf(out,
			"<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%u\" y2=\"%u\" stroke=\"#999\"/>"
			"<text x=\"%.0f\" y=\"%u\" text-anchor=\"middle\">%.0f ms</text>\n",
			LEFT + i * COLUMNS / 10.0, LEFT + i * COLUMNS / 10.0, top, top + 5,
			LEFT + i * COLUMNS / 10.0, top + 20, i * width_ms / 10);
}

static int draw(struct picture *picture, const char *path, const char *title)
{
	FILE *out = fopen(path, "w");
	unsigned bottom;

	if (!out)
		return -1;
	add_lanes(picture, 0);
	add_lanes(picture, 1);
	bottom = TOP + picture->lane_count * LANE;
	draw_frame(picture, out, title, bottom + CHART + 50);
	draw_boxes(picture, out);
	draw_marks(picture, out, bottom);
	draw_queue(picture, out, bottom);
	draw_axis(picture, out, bottom + CHART);
	fprintf(out, "</svg>\n");
	return fclose(out) == 0 ? 0 : -1;
}

int timeline_write(const char *trace_path, const char *path, const char *title, double width_ms)
{
	struct picture picture = {.boxes = calloc(BOXES, sizeof(struct box))};
	struct trace trace;
	int r = -1;

	if (picture.boxes && trace_open(&trace, trace_path) == 0) {
		trace_each(&trace, collect, &picture);
		trace_close(&trace);
		qsort(picture.boxes, picture.box_count, sizeof(struct box), compare_boxes);
		if (picture.box_count > 0) {
			choose_window(&picture, width_ms * 1000);
			r = draw(&picture, path, title);
		}
	}
	free(picture.boxes);
	return r;
}
