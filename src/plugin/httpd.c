/* httpd.c -- the functions of libmicrohttpd that core/httpd calls; see core/microhttpd.h. */
#include "core/microhttpd.h"

extern const struct clnrm_microhttpd clnrm_microhttpd;

const struct clnrm_microhttpd clnrm_microhttpd = {
    .start_daemon = MHD_start_daemon,
    .stop_daemon = MHD_stop_daemon,
    .get_daemon_info = MHD_get_daemon_info,
    .run = MHD_run,
    .get_timeout = MHD_get_timeout,
    .get_connection_info = MHD_get_connection_info,
    .get_connection_values_n = MHD_get_connection_values_n,
    .suspend_connection = MHD_suspend_connection,
    .resume_connection = MHD_resume_connection,
    .queue_response = MHD_queue_response,
    .create_response_from_buffer = MHD_create_response_from_buffer,
    .create_response_from_callback = MHD_create_response_from_callback,
    .add_response_header = MHD_add_response_header,
    .destroy_response = MHD_destroy_response,
};
