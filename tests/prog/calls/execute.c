// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * One call, by the interfaces of uverbs alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/mfraw-abi.h>
#include <rdma/rdma_user_ioctl.h>

#include "calls.h"
#include "die.h"

#define ANSWER	1024

/* Where kernel and driver write; a mutation can make the declared size larger. */
static uint8_t answer[64 * 1024];

static void object_add(struct context *c, enum object object, uint32_t handle)
{
	unsigned int max = sizeof(c->handle[0]) / sizeof(c->handle[0][0]);

	if (object != NONE && c->num[object] < max)
		c->handle[object][c->num[object]++] = handle;
}

/* A handle of an object of that kind, or one that nothing has. */
static uint32_t object_pick(const struct context *c, enum object object,
			    uint8_t pick)
{
	/* A few of the values take another object's handle, or none. */
	if (pick >= 250)
		object = pick % OBJECTS;
	if (pick >= 246 || !c->num[object])
		return pick * 0x01010101u;
	return c->handle[object][pick % c->num[object]];
}

/* Put the handles into the arguments. */
static void fill_in(const struct context *c, const struct call *call, uint8_t *bytes)
{
	const struct call_type *type = &call_types[call->type];
	unsigned int i;

	for (i = 0; i < 5 && type->ref[i].object; i++) {
		uint32_t handle = object_pick(c, type->ref[i].object, call->pick[i]);

		memcpy(bytes + type->ref[i].off, &handle, sizeof(handle));
	}
}

static uint16_t grown(uint16_t len, int8_t words, uint16_t max)
{
	int sum = len + words * 8;

	return sum < 0 ? 0 : sum > max ? max : sum;
}

/*
 * Linux 6.12 keeps a reference to the WQ when ib_uverbs_ex_modify_wq() refuses a state
 * that does not exist, and warns about it when the file is closed. No driver sees the
 * call.
 */
static void spare_core(const struct call_type *type, uint8_t *bytes)
{
	struct ib_uverbs_ex_modify_wq wq;

	if (!type->ex || type->cmd != IB_USER_VERBS_EX_CMD_MODIFY_WQ)
		return;
	memcpy(&wq, bytes, sizeof(wq));
	wq.wq_state %= 3;
	wq.curr_wq_state %= 3;
	memcpy(bytes, &wq, sizeof(wq));
}

static int call_write(struct context *c, const struct call *call)
{
	const struct call_type *type = &call_types[call->type];
	uint16_t core = grown(type->core, call->grow_core, MAX_BYTES);
	uint16_t drv = grown(type->drv, call->grow_drv, MAX_BYTES - core);
	uint16_t resp = grown(type->resp, call->grow_resp, ANSWER);
	uint16_t drv_resp = grown(type->drv_resp, call->grow_drv_resp, ANSWER);
	uint64_t at = (uintptr_t)answer;
	struct {
		struct ib_uverbs_cmd_hdr	hdr;
		union {
			struct ib_uverbs_ex_cmd_hdr	ex;
			uint8_t	bytes[sizeof(struct ib_uverbs_ex_cmd_hdr) + MAX_BYTES];
		};
	} request = {};
	uint8_t *bytes = request.bytes + (type->ex ? sizeof(request.ex) : 0);
	size_t len = bytes - (uint8_t *)&request + core + drv;
	uint32_t handle;

	request.hdr.command = type->cmd;
	memcpy(bytes, call->bytes, core + drv);
	fill_in(c, call, bytes);
	spare_core(type, bytes);
	if (type->ex) {
		request.hdr.command |= IB_USER_VERBS_CMD_FLAG_EXTENDED;
		request.hdr.in_words = core / 8;
		request.hdr.out_words = resp / 8;
		request.ex.provider_in_words = drv / 8;
		request.ex.provider_out_words = drv_resp / 8;
		request.ex.response = resp + drv_resp ? at : 0;
	} else {
		request.hdr.in_words = len / 4;
		request.hdr.out_words = (resp + drv_resp) / 4;
		if (type->resp)
			memcpy(bytes, &at, sizeof(at));
		/* The memory to register is that of this process. */
		if (type->cmd == IB_USER_VERBS_CMD_REG_MR ||
		    type->cmd == IB_USER_VERBS_CMD_REREG_MR) {
			uint64_t start, base = (uintptr_t)c->memory;
			size_t off = type->cmd == IB_USER_VERBS_CMD_REG_MR ?
				     offsetof(struct ib_uverbs_reg_mr, start) :
				     offsetof(struct ib_uverbs_rereg_mr, start);

			memcpy(&start, bytes + off, sizeof(start));
			start += base;
			memcpy(bytes + off, &start, sizeof(start));
			memcpy(&start, bytes + off + 16, sizeof(start));
			start += base;
			memcpy(bytes + off + 16, &start, sizeof(start));
		}
	}
	memset(answer, 0, ANSWER);
	if (write(c->fd, &request, len) < 0)
		return errno;
	memcpy(&handle, answer + type->handle_at, sizeof(handle));
	object_add(c, type->makes, handle);
	/* All answers of the driver with a mapping begin alike. */
	if (type->drv_resp >= sizeof(struct mfraw_create_cq_resp)) {
		const struct mfraw_create_cq_resp *drv_answer =
			(void *)(answer + type->resp);

		c->map_key = drv_answer->mmap_key;
		c->map_size = drv_answer->mmap_size;
	}
	return 0;
}

static int call_ioctl(struct context *c, const struct call *call)
{
	const struct call_type *type = &call_types[call->type];
	unsigned int n = type->core / sizeof(struct attr), i, made = n;
	struct {
		struct ib_uverbs_ioctl_hdr	hdr;
		struct ib_uverbs_attr		attr[MAX_BYTES / sizeof(struct attr)];
	} request = {
		.hdr = {
			.object_id = type->cmd,
			.method_id = type->method,
			.driver_id = MFRAW_DRIVER_ID,
		},
	};
	struct attr attrs[MAX_BYTES / sizeof(struct attr)];
	uint8_t bytes[MAX_BYTES];

	memcpy(bytes, call->bytes, sizeof(bytes));
	fill_in(c, call, bytes);
	memcpy(attrs, bytes, n * sizeof(*attrs));
	for (i = 0; i < n; i++) {
		struct ib_uverbs_attr *attr = &request.attr[i];

		attr->attr_id = attrs[i].id;
		attr->flags = UVERBS_ATTR_F_MANDATORY;
		attr->len = attrs[i].len;
		attr->data = attrs[i].out || attrs[i].len > 8 ?
			     (uintptr_t)answer + i * ANSWER : attrs[i].data;
		if (attrs[i].fd)
			made = i;
	}
	request.hdr.num_attrs = grown(n, call->grow_core, 2 * n);
	if (request.hdr.num_attrs > n)
		request.hdr.num_attrs = n;
	request.hdr.length = sizeof(request.hdr) +
			     request.hdr.num_attrs * sizeof(request.attr[0]) +
			     call->grow_drv;
	if (ioctl(c->fd, RDMA_VERBS_IOCTL, &request))
		return errno;
	if (made < n)
		object_add(c, type->makes, request.attr[made].data);
	return 0;
}

/* Map the queue of the last object, write to it, and leave it mapped or not. */
static int call_map(struct context *c, const struct call *call)
{
	uint32_t size = c->map_size + call->grow_core * 4096;
	uint8_t *at;
	uint32_t i;

	if (!c->map_size)
		return ENOENT;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd,
		  c->map_key + call->grow_drv * 4096);
	if (at == MAP_FAILED)
		return errno;
	for (i = 0; i < 8; i++)
		at[(call->bytes[i] * 64) % size] = call->bytes[i + 8];
	if (call->pick[0] % 2)
		munmap(at, size);
	return 0;
}

static int call_kick(struct context *c, const struct call *call)
{
	uint32_t number;

	if (!c->num[KICKS])
		return ENOENT;
	memcpy(&number, call->bytes, sizeof(number));
	/* The number of a QP stands behind its handle in the answer. */
	if (call->pick[1] % 4)
		memcpy(&number, answer + 4, sizeof(number));
	return ioctl(object_pick(c, KICKS, call->pick[0] % 64), MFRAW_IOCTL_KICK,
		     (unsigned long)number) ? errno : 0;
}

int execute(struct context *c, const struct call *call)
{
	const struct call_type *type = &call_types[call->type];

	if (type->ioctl)
		return call_ioctl(c, call);
	if (!strcmp(type->name, "map"))
		return call_map(c, call);
	if (!strcmp(type->name, "kick"))
		return call_kick(c, call);
	return call_write(c, call);
}

/* Find the command file of a device. */
static void command_file(const char *device, char *path, size_t len)
{
	char name[320], text[64] = "";
	struct dirent *entry;
	DIR *dir;
	FILE *f;

	dir = opendir("/sys/class/infiniband_verbs");
	if (!dir)
		die("no verbs devices");
	while ((entry = readdir(dir))) {
		snprintf(name, sizeof(name), "/sys/class/infiniband_verbs/%s/ibdev",
			 entry->d_name);
		f = fopen(name, "r");
		if (!f)
			continue;
		if (fscanf(f, "%63s", text) != 1)
			text[0] = '\0';
		fclose(f);
		if (strcmp(text, device))
			continue;
		snprintf(path, len, "/dev/infiniband/%s", entry->d_name);
		closedir(dir);
		return;
	}
	die("no device %s", device);
}

void context_open(struct context *c, const char *device, uint8_t *memory)
{
	struct {
		struct ib_uverbs_cmd_hdr	hdr;
		struct ib_uverbs_get_context	core;
		struct mfraw_alloc_ucontext_req	drv;
	} request = {
		.hdr = {
			.command = IB_USER_VERBS_CMD_GET_CONTEXT,
			.in_words = sizeof(request) / 4,
			.out_words = (sizeof(struct ib_uverbs_get_context_resp) +
				      sizeof(struct mfraw_alloc_ucontext_resp)) / 4,
		},
		.core.response = (uintptr_t)answer,
	};
	static char path[sizeof("/dev/infiniband/") + NAME_MAX];
	int32_t async;

	memset(c, 0, sizeof(*c));
	c->memory = memory;
	if (!path[0])
		command_file(device, path, sizeof(path));
	c->fd = open(path, O_RDWR | O_CLOEXEC);
	if (c->fd < 0 || write(c->fd, &request, sizeof(request)) < 0)
		die("%s: errno %d", path, errno);
	memcpy(&async, answer, sizeof(async));
	fcntl(async, F_SETFL, O_NONBLOCK);
	object_add(c, ASYNC, async);
}

void context_close(struct context *c)
{
	static const enum object files[] = { CHANNEL, KICKS, ASYNC };
	unsigned int i, j;

	/* Half of the contexts go before the files that belong to them. */
	if (c->map_key & 4096)
		close(c->fd);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		for (j = 0; j < c->num[files[i]]; j++)
			close(c->handle[files[i]][j]);
	if (!(c->map_key & 4096))
		close(c->fd);
}
