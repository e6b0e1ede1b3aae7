/* curl.c -- the functions of libcurl that core/http calls; see core/curl.h. */
#include "core/curl.h"

extern const struct clnrm_curl clnrm_curl;

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

const struct clnrm_curl clnrm_curl = {
    .global_init = curl_global_init,
    .easy_init = curl_easy_init,
    .easy_setopt = curl_easy_setopt,
    .easy_getinfo = curl_easy_getinfo,
    .easy_pause = curl_easy_pause,
    .easy_send = curl_easy_send,
    .easy_recv = curl_easy_recv,
    .easy_cleanup = curl_easy_cleanup,
    .easy_strerror = curl_easy_strerror,
    .slist_append = curl_slist_append,
    .slist_free_all = curl_slist_free_all,
    .multi_init = curl_multi_init,
    .multi_setopt = curl_multi_setopt,
    .multi_add_handle = curl_multi_add_handle,
    .multi_remove_handle = curl_multi_remove_handle,
    .multi_assign = curl_multi_assign,
    .multi_socket_action = curl_multi_socket_action,
    .multi_info_read = curl_multi_info_read,
    .multi_cleanup = curl_multi_cleanup,
};
