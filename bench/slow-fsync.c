/*
 * Makes a disk slower: adds FSYNC_US microseconds to every fsync, fdatasync and msync of the process that preloads it.
 *
 *   cc -shared -fPIC -O2 -o slow-fsync.so slow-fsync.c -ldl
 *   FSYNC_US=1000 LD_PRELOAD=$PWD/slow-fsync.so node …
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>

static void wait_for_the_disk(void) {
  const char *setting = getenv("FSYNC_US");
  long us = setting == NULL ? 0 : atol(setting);
  struct timespec left = {us / 1000000, (us % 1000000) * 1000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

int fsync(int file) {
  int (*original)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_for_the_disk();
  return original(file);
}

int fdatasync(int file) {
  int (*original)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_for_the_disk();
  return original(file);
}

int msync(void *start, size_t length, int flags) {
  int (*original)(void *, size_t, int) = (int (*)(void *, size_t, int))dlsym(RTLD_NEXT, "msync");
  wait_for_the_disk();
  return original(start, length, flags);
}
