// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Processes of a test.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "child.h"
#include "die.h"

pid_t child_fork(void)
{
	pid_t parent = getpid(), child;

	/* The child must not print again what waits here. */
	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork: %s", strerror(errno));
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The parent may have ended before. */
	if (getppid() != parent)
		_exit(1);
	return 0;
}
