// Early return of a status, so that the straight path reads straight.

#ifndef REHEARSE_ACTOR_ENV_STATUS_MACROS_H_
#define REHEARSE_ACTOR_ENV_STATUS_MACROS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// REHEARSE_RETURN_IF_ERROR(stream->Write(frame));
#define REHEARSE_RETURN_IF_ERROR(expression)                                    \
  do {                                                                          \
    if (absl::Status rehearse_status_ = (expression); !rehearse_status_.ok()) { \
      return rehearse_status_;                                                  \
    }                                                                           \
  } while (false)

// REHEARSE_ASSIGN_OR_RETURN(const Frame frame, stream->Read());
#define REHEARSE_ASSIGN_OR_RETURN(declaration, expression) \
  REHEARSE_ASSIGN_OR_RETURN_(REHEARSE_CONCAT_(rehearse_result_, __LINE__), declaration, expression)

#define REHEARSE_ASSIGN_OR_RETURN_(result, declaration, expression) \
  auto result = (expression);                                       \
  if (!result.ok()) return result.status();                         \
  declaration = *std::move(result)

#define REHEARSE_CONCAT_(a, b) REHEARSE_CONCAT_INNER_(a, b)
#define REHEARSE_CONCAT_INNER_(a, b) a##b

#endif  // REHEARSE_ACTOR_ENV_STATUS_MACROS_H_
