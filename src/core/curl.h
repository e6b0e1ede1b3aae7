/* curl.h -- what libclnrm_curl.so (src/plugin/curl.c, libcurl behind it) gives to core/http.
 *
 * libcurl pulls in some thirty libraries and takes 5 ms to load, and a run in the sandbox needs none of
 * it, so it is opened on first use.  The plugin exports one symbol, `clnrm_curl`, of this type: libcurl's
 * own functions.  Layer: core. */
#ifndef CLNRM_CURL_H
#define CLNRM_CURL_H

#define CURL_DISABLE_TYPECHECK /* the functions are called through pointers */
#include <curl/curl.h>

struct clnrm_curl {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    CURLcode (*easy_pause)(CURL *easy, int bits);
    CURLcode (*easy_send)(CURL *easy, const void *data, size_t len, size_t *sent);
    CURLcode (*easy_recv)(CURL *easy, void *data, size_t len, size_t *received);
    void (*easy_cleanup)(CURL *easy);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_assign)(CURLM *multi, curl_socket_t fd, void *data);
    CURLMcode (*multi_socket_action)(CURLM *multi, curl_socket_t fd, int events, int *running);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
    CURLMcode (*multi_cleanup)(CURLM *multi);
};

#endif
