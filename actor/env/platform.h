// Where Rehearse runs. Included by whatever leans on the host, so that another one is refused in
// words and not in a page of missing headers.

#ifndef REHEARSE_ACTOR_ENV_PLATFORM_H_
#define REHEARSE_ACTOR_ENV_PLATFORM_H_

#if !defined(__linux__) || !defined(__x86_64__)
#error "Rehearse runs on Linux on x86-64: build it there, or in a container of it on another host"
#endif

#endif  // REHEARSE_ACTOR_ENV_PLATFORM_H_
