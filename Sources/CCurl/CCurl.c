#include "CCurl.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialize(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
    const CCurlRequest *request = context;
    return request->takeHeader(request->context, bytes, size * count) ? size * count : 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    const CCurlRequest *request = context;
    return request->takeBody(request->context, bytes, size * count) ? size * count : 0;
}

static void configure(CURL *easy, const CCurlRequest *request, struct curl_slist *headers, char *words) {
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (request->certificateFile) curl_easy_setopt(easy, CURLOPT_CAINFO, request->certificateFile);
    if (request->certificateFolder) curl_easy_setopt(easy, CURLOPT_CAPATH, request->certificateFolder);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, request->connectSeconds);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1000L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, request->stallSeconds);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 1L << 18);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
}

static CCurlEnd end_of(CURLcode code) {
    switch (code) {
    case CURLE_OK: return CCurlEndWhole;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK: return CCurlEndStopped;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return CCurlEndCut;
    case CURLE_OPERATION_TIMEDOUT: return CCurlEndTimeout;
    case CURLE_COULDNT_RESOLVE_HOST: return CCurlEndUnknownHost;
    case CURLE_COULDNT_RESOLVE_PROXY: return CCurlEndUnknownProxy;
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR: return CCurlEndNoConnection;
    case CURLE_PEER_FAILED_VERIFICATION: return CCurlEndUntrusted;
    case CURLE_SSL_CACERT_BADFILE: return CCurlEndNoCertificates;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return CCurlEndBadAddress;
    default: return CCurlEndFailed;
    }
}

/// Runs a transfer to its end. Unlike `curl_easy_perform` it asks whether to go on even where nothing arrives.
static CCurlEnd run(CURLM *multi, const CCurlRequest *request) {
    int running = 1;
    while (true) {
        if (curl_multi_perform(multi, &running) != CURLM_OK) return CCurlEndFailed;
        if (!running) break;
        if (!request->goesOn(request->context)) return CCurlEndStopped;
        if (curl_multi_poll(multi, NULL, 0, 100, NULL) != CURLM_OK) return CCurlEndFailed;
    }
    int left;
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    return message && message->msg == CURLMSG_DONE ? end_of(message->data.result) : CCurlEndFailed;
}

CCurlEnd ccurl_perform(const CCurlRequest *request, char *words) {
    pthread_once(&once, initialize);
    *words = 0;
    CCurlEnd end = CCurlEndFailed;
    struct curl_slist *headers = NULL;
    for (const char *const *line = request->headers; *line; line++) {
        struct curl_slist *longer = curl_slist_append(headers, *line);
        if (!longer) goto done;
        headers = longer;
    }
    CURL *easy = curl_easy_init();
    CURLM *multi = curl_multi_init();
    if (easy && multi) {
        configure(easy, request, headers, words);
        if (curl_multi_add_handle(multi, easy) == CURLM_OK) {
            end = run(multi, request);
            curl_multi_remove_handle(multi, easy);
        }
    }
    if (easy) curl_easy_cleanup(easy);
    if (multi) curl_multi_cleanup(multi);
done:
    curl_slist_free_all(headers);
    return end;
}

char *ccurl_follow(const char *url, const char *link) {
    char *result = NULL, *copy = NULL;
    CURLU *address = curl_url();
    if (address && !curl_url_set(address, CURLUPART_URL, url, 0) && !curl_url_set(address, CURLUPART_URL, link, 0) &&
        !curl_url_get(address, CURLUPART_URL, &result, 0))
        copy = strdup(result);
    curl_free(result);
    curl_url_cleanup(address);
    return copy;
}

char *ccurl_origin(const char *url) {
    char *scheme = NULL, *host = NULL, *port = NULL, *origin = NULL;
    CURLU *address = curl_url();
    if (address && !curl_url_set(address, CURLUPART_URL, url, 0) &&
        !curl_url_get(address, CURLUPART_SCHEME, &scheme, 0) && !curl_url_get(address, CURLUPART_HOST, &host, 0) &&
        !curl_url_get(address, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)) {
        size_t count = strlen(scheme) + strlen(host) + strlen(port) + 5;
        origin = malloc(count);
        if (origin) snprintf(origin, count, "%s://%s:%s", scheme, host, port);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(address);
    return origin;
}
