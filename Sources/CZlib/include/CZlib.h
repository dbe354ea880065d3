// zlib's `inflateInit2` is a macro, and its counts have 32 bits.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct CZlibInflater CZlibInflater;

typedef enum {
    /// More can be inflated as soon as there is more input, or more room.
    CZlibStatusGoesOn,
    /// The stream has ended.
    CZlibStatusEnded,
    CZlibStatusDamaged,
    CZlibStatusOutOfMemory,
} CZlibStatus;

/// For one stream of deflate without a header (RFC 1951), as zip archives hold it; null without memory.
CZlibInflater *czlib_inflater_create(void);
void czlib_inflater_destroy(CZlibInflater *inflater);

/// Inflates the next bytes, as many as there are or fit. On return `*inCount` bytes were taken and `*outCount` made.
CZlibStatus czlib_inflate(
    CZlibInflater *inflater, const uint8_t *in, size_t *inCount, uint8_t *out, size_t *outCount);

/// What zlib said about the failure; empty where it said nothing.
const char *czlib_inflater_message(const CZlibInflater *inflater);
