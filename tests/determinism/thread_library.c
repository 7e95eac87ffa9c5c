#include "thread_library.h"

#include <pthread.h>

struct Sum {
  int a;
  int b;
};

static void* Add(void* argument) {
  struct Sum* const sum = argument;
  sum->a += sum->b;
  return 0;
}

int library_sum_beside(int a, int b) {
  struct Sum sum = {a, b};
  pthread_t thread;
  if (pthread_create(&thread, 0, &Add, &sum) != 0) return -1;
  pthread_join(thread, 0);
  return sum.a;
}
