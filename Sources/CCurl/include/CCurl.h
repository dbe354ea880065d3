// One request over HTTP or HTTPS with libcurl, whose `curl_easy_setopt` is variadic. Redirects are told, not followed.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *url;
    /// Lines such as `Range: bytes=5-`; null after the last.
    const char *const *headers;
    /// A file, and a folder, of certificates to trust; null for what libcurl was built with.
    const char *certificateFile;
    const char *certificateFolder;
    /// How long connecting may take.
    long connectSeconds;
    /// How long hardly anything may arrive.
    long stallSeconds;

    /// Handed to the functions below, each of which ends the transfer by returning false.
    void *context;
    /// Takes a line of the answer's head, its line end included; an empty one ends the head.
    bool (*takeHeader)(void *context, const char *line, size_t count);
    bool (*takeBody)(void *context, const void *bytes, size_t count);
    /// Asked several times a second, whatever arrives.
    bool (*goesOn)(void *context);
} CCurlRequest;

typedef enum {
    /// All that the server announced has arrived.
    CCurlEndWhole,
    /// One of the request's functions ended it.
    CCurlEndStopped,
    /// The connection broke, or ended too soon.
    CCurlEndCut,
    CCurlEndTimeout,
    CCurlEndUnknownHost,
    CCurlEndUnknownProxy,
    CCurlEndNoConnection,
    /// The server's certificate is none to trust.
    CCurlEndUntrusted,
    /// The certificates to trust cannot be read.
    CCurlEndNoCertificates,
    CCurlEndBadAddress,
    CCurlEndFailed,
} CCurlEnd;

/// Makes a request and takes what comes. Never uses signals; several threads may do so at once.
/// - `words`: at least 256 bytes, for what libcurl says of a failure.
CCurlEnd ccurl_perform(const CCurlRequest *request, char *words);

/// Where a link, absolute or not, leads from an address. Null where that is no address; else to be freed.
char *ccurl_follow(const char *url, const char *link);

/// Scheme, host and port of an address, as in `https://example.org:443`. Null where it has none; else to be freed.
char *ccurl_origin(const char *url);
