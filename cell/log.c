/*
 * The container's log in Docker's json-file format, so that log shippers keep working:
 * {"log":"text\n","stream":"stdout","time":"2006-01-02T15:04:05.999999999Z"}, maybe with ,"attrs":{…} before the time.
 * One entry per line of output; lines are cut at 16 KiB, the last part of a cut line carries the newline.
 */
#include "cell.h"
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LINE_MAX_BYTES 16384
#define OUT_BYTES 131072
#define DATE_BYTES 19

struct log {
	char *path, *attributes;
	int fd;
	uint64_t size, max_size, max_files;
	size_t used;
	time_t second; /* what `date` was made for */
	char date[DATE_BYTES + 1];
	size_t held[2];
	uint8_t line[2][LINE_MAX_BYTES];
	char out[OUT_BYTES];
};

struct log *log_open(const char *path, const char *attributes, uint64_t max_size, uint64_t max_files, struct err *err)
{
	struct stat st;
	struct log *l = calloc(1, sizeof *l);
	if (!l) {
		fail(err, "calloc", path);
		return NULL;
	}
	l->path = strdup(path);
	l->attributes = strlen(attributes) < LINE_MAX_BYTES ? strdup(attributes) : strdup("");
	l->max_size = max_size;
	l->max_files = max_files;
	l->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (!l->path || !l->attributes || l->fd < 0 || fstat(l->fd, &st) < 0) {
		fail(err, "open", path);
		if (l->fd >= 0)
			close(l->fd);
		free(l->path);
		free(l);
		return NULL;
	}
	l->size = (uint64_t)st.st_size;
	return l;
}

/* path.(n-1) -> path.n … path -> path.1, then a fresh path; beside each number there may be a compressed file. */
static void rotate(struct log *l)
{
	char from[4200], to[4200];
	for (unsigned n = (unsigned)l->max_files; n-- > 1;)
		for (int packed = n > 1; packed >= 0; packed--) {
			snprintf(to, sizeof to, "%s.%u%s", l->path, n, packed ? ".gz" : "");
			snprintf(from, sizeof from, "%s.%u%s", l->path, n - 1, packed ? ".gz" : "");
			(void)!rename(n > 1 ? from : l->path, to);
		}
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (l->max_files <= 1 ? O_TRUNC : 0);
	int fd = open(l->path, flags, 0640);
	if (fd < 0)
		return; /* go on in the old file rather than lose output */
	close(l->fd);
	l->fd = fd;
	l->size = 0;
}

/* After a write that failed somewhere: no half entry may stay in front of the next one. */
static void keep_whole(struct log *l)
{
	struct stat st;
	if (fstat(l->fd, &st) < 0 || (uint64_t)st.st_size <= l->size || (uint64_t)st.st_size - l->size > l->used)
		return;
	const char *end = memrchr(l->out, '\n', (size_t)((uint64_t)st.st_size - l->size));
	l->size += end ? (uint64_t)(end + 1 - l->out) : 0;
	(void)!ftruncate(l->fd, (off_t)l->size);
}

/* A full disk loses log lines, never the container: the stream goes on. */
static void flush(struct log *l)
{
	if (l->used == 0)
		return;
	if (write_all(l->fd, l->out, l->used) == 0)
		l->size += l->used;
	else
		keep_whole(l);
	l->used = 0;
	if (l->max_size && l->size >= l->max_size)
		rotate(l);
}

static size_t utf8_length(const uint8_t *at, size_t left)
{
	uint8_t first = at[0];
	size_t want = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
	if (first >= 0xf5 || want == 0 || want > left)
		return 0;
	for (size_t i = 1; i < want; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates and numbers past U+10FFFF are not UTF-8. */
	if ((first == 0xe0 && at[1] < 0xa0) || (first == 0xed && at[1] >= 0xa0) || (first == 0xf0 && at[1] < 0x90) ||
	    (first == 0xf4 && at[1] >= 0x90))
		return 0;
	return want;
}

static char *escape_byte(char *out, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef", known[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
	const char *at = memchr(known, byte, sizeof known - 1);
	*out++ = '\\';
	if (at)
		*out++ = letters[at - known];
	else {
		memcpy(out, "u00", 3);
		out[3] = digits[byte >> 4];
		out[4] = digits[byte & 15];
		out += 5;
	}
	return out;
}

/* What stands in JSON as it is. Go writes < > & as numbers, for JSON inside HTML. */
static const bool PLAIN[256] = {[0x20 ... 0x21] = true, [0x23 ... 0x25] = true, [0x27 ... 0x3b] = true, [0x3d] = true,
                                [0x3f ... 0x5b] = true, [0x5d ... 0x7f] = true};

/* As Go's JSON encoder writes strings; invalid UTF-8 becomes U+FFFD. At most 6 bytes out per byte in. */
static char *escape(char *out, const uint8_t *at, size_t left)
{
	while (left > 0) {
		size_t n = 0;
		while (n < left && PLAIN[at[n]])
			n++;
		memcpy(out, at, n);
		out += n;
		at += n;
		left -= n;
		if (left == 0)
			break;
		size_t length = at[0] >= 0x80 ? utf8_length(at, left) : 1;
		if (length > 1 && !(length == 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] | 1) == 0xa9)) {
			memcpy(out, at, length);
			out += length;
		} else if (length > 1)
			out += sprintf(out, "\\u202%d", at[2] & 1 ? 9 : 8);
		else if (length == 0) {
			memcpy(out, "\\ufffd", 6);
			out += 6;
			length = 1;
		} else
			out = escape_byte(out, at[0]);
		at += length;
		left -= length;
	}
	return out;
}

static char *put_time(struct log *l, char *out)
{
	struct timespec now;
	struct tm parts;
	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != l->second) {
		gmtime_r(&now.tv_sec, &parts);
		strftime(l->date, sizeof l->date, "%Y-%m-%dT%H:%M:%S", &parts);
		l->second = now.tv_sec;
	}
	memcpy(out, l->date, DATE_BYTES);
	out[DATE_BYTES] = '.';
	out += DATE_BYTES + 10;
	for (int i = 1; i < 10; i++, now.tv_nsec /= 10)
		out[-i] = (char)('0' + now.tv_nsec % 10);
	while (out[-1] == '0') /* as RFC 3339 with nanoseconds is printed by Go: no trailing zeros */
		out--;
	if (out[-1] == '.')
		out--;
	*out++ = 'Z';
	return out;
}

static void entry(struct log *l, int stream, const uint8_t *data, size_t size)
{
	size_t more = strlen(l->attributes);
	if (l->used + size * 6 + more + 128 > OUT_BYTES)
		flush(l);
	char *out = l->out + l->used;
	memcpy(out, "{\"log\":\"", 8);
	out = escape(out + 8, data, size);
	memcpy(out, "\",\"stream\":\"std", 15);
	memcpy(out + 15, stream == 0 ? "out" : "err", 3);
	out[18] = '"';
	memcpy(out + 19, l->attributes, more);
	memcpy(out + 19 + more, ",\"time\":\"", 9);
	out = put_time(l, out + 28 + more);
	memcpy(out, "\"}\n", 3);
	l->used = (size_t)(out + 3 - l->out);
	if (l->max_size && l->size + l->used >= l->max_size)
		flush(l);
}

/* stream: 0 stdout, 1 stderr. */
void log_write(struct log *l, int stream, const uint8_t *data, size_t size)
{
	size_t *held = &l->held[stream];
	uint8_t *line = l->line[stream];
	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) + 1 : size;
		bool whole = end != NULL;
		if (*held == 0 && whole && length <= LINE_MAX_BYTES)
			entry(l, stream, data, length);
		else {
			if (length > LINE_MAX_BYTES - *held) {
				length = LINE_MAX_BYTES - *held;
				whole = false;
			}
			memcpy(line + *held, data, length);
			*held += length;
			if (whole || *held == LINE_MAX_BYTES) {
				entry(l, stream, line, *held);
				*held = 0;
			}
		}
		data += length;
		size -= length;
	}
	flush(l);
}

/* The last, unfinished lines; then nothing more is written. */
void log_finish(struct log *l)
{
	for (int stream = 0; stream < 2; stream++)
		if (l->held[stream] > 0)
			entry(l, stream, l->line[stream], l->held[stream]);
	flush(l);
	close(l->fd);
	free(l->path);
	free(l->attributes);
	free(l);
}
