/*
 * How many processors the control groups of this process leave to it, as containers have them.
 */
#pragma once

/* The smallest quota of the groups that the process is in, of either version, in whole processors, rounded up; INT_MAX where
   none has one.
   proc: where the kernel tells of this process, such as "/proc"; groups: where it tells of the groups, "/sys/fs/cgroup". */
int processors_of_quotas(const char *proc, const char *groups);
