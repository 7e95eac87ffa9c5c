/* A shared library in C, of somebody else's: it does its work on a thread. */

#ifndef REHEARSE_TESTS_DETERMINISM_THREAD_LIBRARY_H_
#define REHEARSE_TESTS_DETERMINISM_THREAD_LIBRARY_H_

#ifdef __cplusplus
extern "C" {
#endif

/* a + b; -1 if no thread could be started. */
int library_sum_beside(int a, int b);

#ifdef __cplusplus
}
#endif

#endif  // REHEARSE_TESTS_DETERMINISM_THREAD_LIBRARY_H_
