/* Decoding programs. Everything is bounds-checked once here; operations read their arguments through arg_*. */
#include "cell.h"

#include <stdlib.h>
#include <string.h>

static const char *const SIGNATURES[] = {
#define OP(name, signature, fields, text) signature,
#include "ops.def"
#undef OP
};

static bool take(struct args *a, void *out, size_t size)
{
	if (a->bad || (size_t)(a->end - a->at) < size) {
		a->bad = true;
		return false;
	}
	memcpy(out, a->at, size);
	a->at += size;
	return true;
}

uint64_t arg_number(struct args *a)
{
	uint64_t value = 0;
	return take(a, &value, sizeof value) ? value : 0;
}

struct bytes arg_bytes(struct args *a)
{
	static const uint8_t nothing[1];
	struct bytes out = {nothing, 0};
	uint32_t size;
	if (!take(a, &size, sizeof size))
		return out;
	/* The content is followed by a NUL, so that it can be used as a C string in place. */
	if ((size_t)(a->end - a->at) < (size_t)size + 1 || a->at[size] != 0) {
		a->bad = true;
		return out;
	}
	out.data = a->at;
	out.size = size;
	a->at += (size_t)size + 1;
	return out;
}

const char *arg_string(struct args *a)
{
	struct bytes bytes = arg_bytes(a);
	if (memchr(bytes.data, 0, bytes.size))
		a->bad = true;
	return (const char *)bytes.data;
}

char **arg_list(struct args *a)
{
	uint32_t count;
	char **list = NULL;
	/* Each string takes at least 5 bytes, which bounds the count by the message. */
	if (take(a, &count, sizeof count) && count <= (size_t)(a->end - a->at) / 5)
		list = calloc((size_t)count + 1, sizeof *list);
	if (!list) {
		a->bad = true;
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++)
		list[i] = (char *)(uintptr_t)arg_string(a);
	if (a->bad) {
		free(list);
		return NULL;
	}
	return list;
}

/* True when the step's arguments have exactly the form that its operation wants. */
static bool well_formed(const struct step *step)
{
	struct args a = step->args;
	for (const char *letter = SIGNATURES[step->op]; *letter; letter++) {
		if (*letter == 'u')
			arg_number(&a);
		else if (*letter == 's')
			arg_string(&a);
		else if (*letter == 'b')
			arg_bytes(&a);
		else
			free(arg_list(&a));
	}
	return !a.bad && a.at == a.end;
}

int program_parse(struct program *p, uint8_t *memory, size_t size, struct err *err)
{
	*p = (struct program){.memory = memory};
	struct args all = {memory, memory + size, false};
	while (all.at < all.end) {
		uint32_t length = 0;
		if (p->count == MAX_STEPS)
			return fail_code(err, "program", "too many steps", E2BIG);
		if (p->count % 64 == 0) {
			struct step *grown = realloc(p->steps, (p->count + 64) * sizeof *grown);
			if (!grown)
				return fail(err, "realloc", "");
			p->steps = grown;
		}
		struct step *step = &p->steps[p->count];
		*step = (struct step){0};
		take(&all, &step->op, 2);
		take(&all, &step->flags, 2);
		take(&all, &step->tolerate, 4);
		take(&all, &length, 4);
		if (all.bad || step->op >= OP_COUNT || (size_t)(all.end - all.at) < length)
			return fail_code(err, "program", "malformed step", EINVAL);
		step->args = (struct args){all.at, all.at + length, false};
		all.at += length;
		if (!well_formed(step))
			return fail_code(err, "program", "malformed arguments", EINVAL);
		p->count++;
	}
	return 0;
}

void program_free(struct program *p)
{
	free(p->memory);
	free(p->steps);
	*p = (struct program){0};
}
