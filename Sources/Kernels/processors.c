#include "processors.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The longest path of a file here; groups further down are not looked at. */
enum { path_size = 4096 };

/* The first line of a file of a group; false where there is none. */
static bool read_line(const char *folder, const char *name, char *line, int size) {
    char path[path_size];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return false;
    FILE *file = fopen(path, "re");
    if (!file) return false;
    bool found = fgets(line, size, file) != NULL;
    fclose(file);
    return found;
}

/* The quota of one group: microseconds of all processors together in each period. */
static int processors_of_group(const char *folder, bool is_second_version) {
    char line[64], next[64];
    long long quota = 0, period = 0;
    if (is_second_version) {
        /* "max" for none. */
        if (!read_line(folder, "cpu.max", line, sizeof line)) return INT_MAX;
        if (sscanf(line, "%lld %lld", &quota, &period) != 2) return INT_MAX;
    } else {
        if (!read_line(folder, "cpu.cfs_quota_us", line, sizeof line)) return INT_MAX;
        if (!read_line(folder, "cpu.cfs_period_us", next, sizeof next)) return INT_MAX;
        /* -1 for none. */
        if (sscanf(line, "%lld", &quota) != 1 || sscanf(next, "%lld", &period) != 1) return INT_MAX;
    }
    if (quota <= 0 || period <= 0 || quota / period >= INT_MAX) return INT_MAX;
    return (int)(quota / period + (quota % period != 0));
}

/* Whether `name` is one of a list with commas. */
static bool lists(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *item = list; item; item = strchr(item, ',')) {
        item += *item == ',';
        if (strncmp(item, name, length) == 0 && (item[length] == ',' || item[length] == 0)) return true;
    }
    return false;
}

int processors_of_quotas(const char *proc, const char *groups) {
    char path[path_size];
    snprintf(path, sizeof path, "%s/self/cgroup", proc);
    FILE *file = fopen(path, "re");
    if (!file) return INT_MAX;
    int processors = INT_MAX;
    char line[path_size];
    while (fgets(line, sizeof line, file)) {
        /* "3:cpu,cpuacct:/docker/ab", or "0::/user/session" in the second version. */
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *controllers++ = 0;
        *group++ = 0;
        bool is_second_version = strcmp(line, "0") == 0 && *controllers == 0;
        if (!is_second_version && !lists(controllers, "cpu")) continue;
        int root = snprintf(path, sizeof path, "%s%s", groups, is_second_version ? "" : "/cpu");
        if (root >= (int)sizeof path) break;
        int length = root + snprintf(path + root, sizeof path - (size_t)root, "%s", group);
        if (length >= (int)sizeof path) continue;
        /* A limit holds for all groups below: the group, those that it is in, and the root, which in a container is its own. */
        for (;;) {
            int quota = processors_of_group(path, is_second_version);
            if (quota < processors) processors = quota;
            char *last = strrchr(path + root, '/');
            if (!last) break;
            *last = 0;
        }
    }
    fclose(file);
    return processors;
}
