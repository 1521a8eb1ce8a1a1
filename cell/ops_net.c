/* Netlink conversations and eBPF device rules. The messages are made by the engine; here they are only sent. */
#include "cell.h"
#include "sys.h"

#include <linux/bpf.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#ifndef NETLINK_EXT_ACK
#define NETLINK_EXT_ACK 11
#endif
#define NLMSGERR_ATTR_MSG_TYPE 1

/* How many final answers (acknowledgements, ends of dumps) the kernel owes for these messages. */
static int count_answers(const uint8_t *data, size_t size)
{
	int owed = 0;
	for (size_t at = 0; at + sizeof(struct nlmsghdr) <= size;) {
		struct nlmsghdr header;
		memcpy(&header, data + at, sizeof header);
		if (header.nlmsg_len < sizeof header || header.nlmsg_len > size - at)
			return -1;
		if (header.nlmsg_flags & (NLM_F_ACK | NLM_F_DUMP))
			owed++;
		at += NLMSG_ALIGN(header.nlmsg_len);
	}
	return owed;
}

/* The kernel's own words on a refusal, from the extended acknowledgement. */
static void extended_hint(const uint8_t *message, uint32_t length, uint16_t flags, struct err *err)
{
	struct nlmsgerr answer;
	memcpy(&answer, message + NLMSG_HDRLEN, sizeof answer);
	size_t at = NLMSG_HDRLEN + sizeof answer;
	if (!(flags & NLM_F_CAPPED))
		at += NLMSG_ALIGN(answer.msg.nlmsg_len) - sizeof(struct nlmsghdr);
	while (at + sizeof(struct nlattr) <= length) {
		struct nlattr attribute;
		memcpy(&attribute, message + at, sizeof attribute);
		if (attribute.nla_len < sizeof attribute || attribute.nla_len > length - at)
			return;
		if ((attribute.nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG_TYPE)
			snprintf(err->hint, sizeof err->hint, "%.*s", (int)(attribute.nla_len - sizeof attribute),
			         (const char *)message + at + sizeof attribute);
		at += NLA_ALIGN(attribute.nla_len);
	}
}

static void answer_back(const uint8_t *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *line = malloc(size * 2 + 64);
	if (!line)
		return;
	size_t n = (size_t)sprintf(line, "{\"event\":\"answer\",\"hex\":\"");
	for (size_t i = 0; i < size; i++) {
		line[n++] = digits[data[i] >> 4];
		line[n++] = digits[data[i] & 15];
	}
	memcpy(line + n, "\"}\n", 3);
	(void)write_all(CONTROL_FD, line, n + 3);
	free(line);
}

static int read_answers(int fd, int owed, bool tell, struct err *err)
{
	static uint8_t buffer[65536];
	while (owed > 0) {
		struct sockaddr_nl from = {0};
		socklen_t room = sizeof from;
		ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &room);
		if ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0)) /* only the kernel is 0 */
			continue;
		if (n < 0)
			return fail(err, "recv", "netlink");
		if (tell)
			answer_back(buffer, (size_t)n);
		for (size_t at = 0; at + sizeof(struct nlmsghdr) <= (size_t)n;) {
			struct nlmsghdr header;
			memcpy(&header, buffer + at, sizeof header);
			if (header.nlmsg_len < sizeof header || header.nlmsg_len > (size_t)n - at)
				return fail_code(err, "recv", "netlink", EBADMSG);
			if (header.nlmsg_type == NLMSG_ERROR) {
				int code;
				if (header.nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
					return fail_code(err, "recv", "netlink", EBADMSG);
				memcpy(&code, buffer + at + NLMSG_HDRLEN, sizeof code);
				if (code != 0) {
					extended_hint(buffer + at, header.nlmsg_len, header.nlmsg_flags, err);
					return fail_code(err, "netlink", "", -code);
				}
				owed--;
			} else if (header.nlmsg_type == NLMSG_DONE)
				owed--;
			at += NLMSG_ALIGN(header.nlmsg_len);
		}
	}
	return 0;
}

int op_NETLINK(struct cell *c, struct args *a, struct err *err)
{
	int protocol = (int)arg_number(a);
	struct bytes messages = arg_bytes(a);
	uint64_t offset = arg_number(a);
	bool tell = arg_number(a) & 1;
	uint8_t *copy = malloc(messages.size + 1);
	if (!copy)
		return fail(err, "malloc", "");
	memcpy(copy, messages.data, messages.size);
	int32_t pid = c->child;
	bool fits = messages.size >= sizeof pid && offset <= messages.size - sizeof pid;
	if (offset > 0 && fits)
		memcpy(copy + offset, &pid, sizeof pid);
	/* Answers go to the engine, whose socket the child does not have. */
	bool fine = (offset == 0 || fits) && !(tell && c->is_child);
	int owed = fine ? count_answers(copy, messages.size) : -1, result = -1, on = 1;
	CLOSING fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	struct timeval limit = {.tv_sec = 10};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	if (owed < 0)
		fail_code(err, "netlink", "malformed messages", EINVAL);
	else if (fd < 0)
		fail(err, "socket", "netlink");
	else {
		setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		if (sendto(fd, copy, messages.size, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
			fail(err, "sendto", "netlink");
		else
			result = read_answers(fd, owed, tell, err);
	}
	free(copy);
	return result;
}

int op_LINK_LOCAL_UP(struct cell *c, struct args *a, struct err *err)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	CLOSING fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(err, "socket", "lo");
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? fail(err, "ioctl", "lo") : 0;
}

int op_CGROUP_DEVICE(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	struct bytes program = arg_bytes(a);
	static const char licence[] = "Dual BSD/GPL";
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE};
	load.insns = (uint64_t)(uintptr_t)program.data;
	load.insn_cnt = (uint32_t)(program.size / sizeof(struct bpf_insn));
	load.license = (uint64_t)(uintptr_t)licence;
	CLOSING fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
	if (fd < 0)
		return fail(err, "bpf", "BPF_PROG_LOAD");
	CLOSING directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return fail(err, "open", path);
	union bpf_attr attach = {.attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI};
	attach.target_fd = (uint32_t)directory;
	attach.attach_bpf_fd = (uint32_t)fd;
	return syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) < 0 ? fail(err, "bpf", path) : 0;
}

int op_DATAGRAM(struct cell *c, struct args *a, struct err *err)
{
	(void)c;
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = arg_string(a);
	struct bytes data = arg_bytes(a);
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), result = 0;
	if (fd < 0 || sendto(fd, data.data, data.size, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) < 0)
		result = fail(err, "sendto", path);
	if (fd >= 0)
		close(fd);
	return result;
}
