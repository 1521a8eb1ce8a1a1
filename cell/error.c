/* Filling struct err, and text that is safe inside JSON. */
#include "cell.h"

#include <stdio.h>
#include <string.h>

int fail_code(struct err *err, const char *call, const char *path, int code)
{
	err->call = call;
	err->code = code;
	snprintf(err->path, sizeof err->path, "%s", path ? path : "");
	return -1;
}

int fail(struct err *err, const char *call, const char *path)
{
	return fail_code(err, call, path, errno);
}

/* Anything that is not printable ASCII becomes '?': these texts are for people, paths are cut to 255 bytes anyway. */
size_t json_escape(char *out, size_t room, const char *text)
{
	size_t n = 0;
	for (; *text && n + 3 < room; text++) {
		unsigned char ch = (unsigned char)*text;
		if (ch == '"' || ch == '\\')
			out[n++] = '\\';
		out[n++] = ch >= 0x20 && ch < 0x7f ? (char)ch : '?';
	}
	out[n] = 0;
	return n;
}
