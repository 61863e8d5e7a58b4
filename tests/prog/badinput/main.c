// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * badinput - wrong calls get a clear error and have no other effect.
 *
 * Each case runs in a process of its own, while a bystander must go on
 * undisturbed. Output is TAP.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "child.h"
#include "gen.h"

#define CASE_SECONDS	120

static const struct bad_case *const groups[] = {
	wr_cases, object_cases, ring_cases, wq_cases, kick_cases,
	gen_cq_cases, gen_qp_cases, gen_flow_cases, gen_ioctl_cases,
	gen_ring_cases, gen_verbs_cases,
};

#define NUM_GROUPS	(sizeof(groups) / sizeof(groups[0]))

/* Does the command line name this case, or no case at all? */
static bool wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static bool run_case(const struct bad_case *c, const char *const *names,
		     struct bystander *by, int num)
{
	uint64_t start = now_us();
	const char *why = NULL;
	char buf[64];
	pid_t child;
	int status;

	child = child_fork();
	if (!child) {
		struct env env = { .names = { names[0], names[1] } };

		alarm(CASE_SECONDS);
		c->run(&env);
		fflush(stdout);
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));

	if (WIFSIGNALED(status)) {
		snprintf(buf, sizeof(buf), "died of signal %d",
			 WTERMSIG(status));
		why = buf;
	} else if (status) {
		why = "see above";
	} else {
		why = bystander_check(by);
	}
	printf("%s %d - %s # %.2f s%s%s\n", why ? "not ok" : "ok", num,
	       c->name, (now_us() - start) / 1e6, why ? ": " : "", why ?: "");
	return !why;
}

int main(int argc, char **argv)
{
	const struct bad_case *c;
	struct bystander *by;
	int num = 0, failed = 0;
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "-l")) {
		for (i = 0; i < NUM_GROUPS; i++)
			for (c = groups[i]; c->name; c++)
				puts(c->name);
		return 0;
	}
	if (argc < 3 || argv[1][0] == '-') {
		fprintf(stderr, "usage: badinput -l\n"
				"       badinput DEV1 DEV2 [CASE...]\n");
		return 2;
	}

	by = bystander_start((const char *const *)&argv[1]);
	for (i = 0; i < NUM_GROUPS; i++) {
		for (c = groups[i]; c->name; c++) {
			if (!wanted(c->name, &argv[3]))
				continue;
			if (!run_case(c, (const char *const *)&argv[1], by,
				      ++num))
				failed++;
		}
	}
	bystander_stop(by);
	gen_totals();
	printf("1..%d\n", num);
	if (argc > 3 && num != argc - 3) {
		fprintf(stderr, "there is no such case; badinput -l lists them\n");
		return 1;
	}
	return failed || !num;
}
