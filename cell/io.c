/* Whole reads and writes, framed messages, descriptor passing. */
#include "cell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void replace_fd(int *fd, int with)
{
	if (*fd >= 0)
		close(*fd);
	*fd = with;
}

int write_all(int fd, const void *data, size_t size)
{
	const uint8_t *at = data;
	while (size > 0) {
		ssize_t n = write(fd, at, size);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* 0 when everything was read, -1 on error; end of file is an error (errno 0). */
int read_all(int fd, void *data, size_t size)
{
	uint8_t *at = data;
	while (size > 0) {
		ssize_t n = read(fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = 0;
			return -1;
		}
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

int send_header(int fd, uint32_t kind, const void *payload, uint32_t size)
{
	struct header header = {kind, size};
	if (write_all(fd, &header, sizeof header) < 0)
		return -1;
	return size ? write_all(fd, payload, size) : 0;
}

int send_fds(int fd, uint32_t kind, const int *fds, int count)
{
	struct header header = {kind, 0};
	struct iovec iov = {&header, sizeof header};
	char control[CMSG_SPACE(4 * sizeof(int))] = {0};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control};
	message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
	if (!cmsg)
		return -1;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, (size_t)count * sizeof(int));
	ssize_t n;
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof header ? 0 : -1;
}

/* Reads a header and at most 4 descriptors that came with it. `fds` may be NULL. */
int receive_header(int fd, struct header *header, int *fds, int *count)
{
	struct iovec iov = {header, sizeof *header};
	char control[CMSG_SPACE(4 * sizeof(int))];
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control};
	message.msg_controllen = fds ? sizeof control : 0;
	ssize_t n;
	do
		n = recvmsg(fd, &message, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof *header) {
		if (n >= 0)
			errno = 0;
		return -1;
	}
	if (!fds)
		return 0;
	*count = 0;
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
	if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS) {
		*count = (int)((cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(cmsg), (size_t)*count * sizeof(int));
	}
	return 0;
}

/* One line to the engine. A reader that is gone is noticed elsewhere. */
void say(int fd, const char *format, ...)
{
	char line[1536];
	va_list list;
	va_start(list, format);
	int n = vsnprintf(line, sizeof line - 1, format, list);
	va_end(list);
	if (n < 0)
		return;
	if (n > (int)sizeof line - 2)
		n = (int)sizeof line - 2;
	line[n++] = '\n';
	(void)!send(fd, line, (size_t)n, MSG_NOSIGNAL);
}
