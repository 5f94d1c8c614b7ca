/* Steps and JSON. What is read was written here, or by somebody who changed the database: anything
 * else is left out. */
#include "reports/steps_json.h"

#include "reports/jsontext.h"

static void set_number(json_t *object, const char *key, guint number)
{
	(void)json_object_set_new(object, key, json_integer((json_int_t)number));
}

void steps_json_place(json_t *object, const struct finding_place *place)
{
	jsontext_set(object, "file", place->file);
	set_number(object, "line", place->line);
	set_number(object, "column", place->column);
	if (place->end_line > 0) {
		set_number(object, "end_line", place->end_line);
		set_number(object, "end_column", place->end_column);
	}
}

json_t *steps_json(const GPtrArray *steps)
{
	json_t *array = json_array();

	for (guint i = 0; i < steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(steps, i);
		json_t *object = json_pack("{s:s}", "kind", finding_step_kind_name(step->kind));

		steps_json_place(object, &step->place);
		jsontext_set(object, "function", step->function);
		jsontext_set(object, "message", step->message);
		(void)json_array_append_new(array, object);
	}
	return array;
}

static guint number_of(const json_t *object, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(object, key));

	return number > 0 && number <= G_MAXINT ? (guint)number : 0;
}

static char *text_of(const json_t *object, const char *key)
{
	return g_strdup(json_string_value(json_object_get(object, key)));
}

static enum finding_step_kind kind_of(const char *name)
{
	enum finding_step_kind kind = STEP_REGISTER;

	while (kind < STEP_NOTE && g_strcmp0(name, finding_step_kind_name(kind)) != 0)
		kind++;
	return kind;
}

void steps_json_read(const char *text, struct finding_way *way)
{
	json_t *array = json_loads(text, 0, NULL), *object;
	size_t i;

	json_array_foreach(array, i, object)
	{
		struct finding_step *step = finding_way_add_step(way);

		step->kind = kind_of(json_string_value(json_object_get(object, "kind")));
		step->place.file = text_of(object, "file");
		step->place.line = number_of(object, "line");
		step->place.column = number_of(object, "column");
		step->place.end_line = number_of(object, "end_line");
		step->place.end_column = number_of(object, "end_column");
		step->function = text_of(object, "function");
		step->message = text_of(object, "message");
	}
	json_decref(array);
}
