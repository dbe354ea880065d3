#include "CZlib.h"

#include <limits.h>
#include <stdlib.h>

#include <zlib.h>

struct CZlibInflater {
    z_stream stream;
};

CZlibInflater *czlib_inflater_create(void) {
    CZlibInflater *inflater = calloc(1, sizeof *inflater);
    if (!inflater) return NULL;
    // A negative size of the window stands for a stream without a header.
    if (inflateInit2(&inflater->stream, -MAX_WBITS) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return inflater;
}

void czlib_inflater_destroy(CZlibInflater *inflater) {
    if (!inflater) return;
    inflateEnd(&inflater->stream);
    free(inflater);
}

static uInt clamped(size_t count) { return count < UINT_MAX ? (uInt)count : UINT_MAX; }

CZlibStatus czlib_inflate(
    CZlibInflater *inflater, const uint8_t *in, size_t *inCount, uint8_t *out, size_t *outCount) {
    z_stream *stream = &inflater->stream;
    // zlib takes no null for no bytes.
    static const uint8_t nothing;
    uint8_t nowhere;
    uInt inGiven = clamped(*inCount), outGiven = clamped(*outCount);
    stream->next_in = (Bytef *)(inGiven ? in : &nothing);
    stream->avail_in = inGiven;
    stream->next_out = outGiven ? out : &nowhere;
    stream->avail_out = outGiven;
    int result = inflate(stream, Z_NO_FLUSH);
    *inCount = inGiven - stream->avail_in;
    *outCount = outGiven - stream->avail_out;
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR: return CZlibStatusGoesOn;
    case Z_STREAM_END: return CZlibStatusEnded;
    case Z_MEM_ERROR: return CZlibStatusOutOfMemory;
    default: return CZlibStatusDamaged;
    }
}

const char *czlib_inflater_message(const CZlibInflater *inflater) {
    return inflater->stream.msg ? inflater->stream.msg : "";
}
