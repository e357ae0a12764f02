/* fill MIB: reads so much from its input into fresh memory, which is the floor of a restore from a pipe. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count != 2)
    return 2;
  size_t bytes = strtoul(arguments[1], NULL, 10) << 20, done = 0;
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 1;
  while (done < bytes) {
    ssize_t got = read(0, memory + done, bytes - done < 1 << 20 ? bytes - done : 1 << 20);
    if (got <= 0)
      return 1;
    done += got;
  }
}
