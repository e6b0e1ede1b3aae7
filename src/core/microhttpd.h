/* microhttpd.h -- what libclnrm_httpd.so (src/plugin/httpd.c, libmicrohttpd behind it) gives to
 * core/httpd.
 *
 * libmicrohttpd pulls in GnuTLS, and only the developer loop's page needs it, so it is opened on
 * first use.  The plugin exports one symbol, `clnrm_microhttpd`, of this type: libmicrohttpd's own
 * functions.  Layer: core. */
#ifndef CLNRM_MICROHTTPD_H
#define CLNRM_MICROHTTPD_H

#include <microhttpd.h>

struct clnrm_microhttpd {
    struct MHD_Daemon *(*start_daemon)(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback apc,
                                       void *apc_cls, MHD_AccessHandlerCallback dh, void *dh_cls,
                                       ...);
    void (*stop_daemon)(struct MHD_Daemon *daemon);
    const union MHD_DaemonInfo *(*get_daemon_info)(struct MHD_Daemon *daemon,
                                                   enum MHD_DaemonInfoType type, ...);
    enum MHD_Result (*run)(struct MHD_Daemon *daemon);
    enum MHD_Result (*get_timeout)(struct MHD_Daemon *daemon, MHD_UNSIGNED_LONG_LONG *ms);
    const union MHD_ConnectionInfo *(*get_connection_info)(struct MHD_Connection *connection,
                                                           enum MHD_ConnectionInfoType type, ...);
    int (*get_connection_values_n)(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                   MHD_KeyValueIteratorN iterator, void *cls);
    void (*suspend_connection)(struct MHD_Connection *connection);
    void (*resume_connection)(struct MHD_Connection *connection);
    enum MHD_Result (*queue_response)(struct MHD_Connection *connection, unsigned status,
                                      struct MHD_Response *response);
    struct MHD_Response *(*create_response_from_buffer)(size_t size, void *buffer,
                                                        enum MHD_ResponseMemoryMode mode);
    struct MHD_Response *(*create_response_from_callback)(uint64_t size, size_t block_size,
                                                          MHD_ContentReaderCallback reader,
                                                          void *cls,
                                                          MHD_ContentReaderFreeCallback on_free);
    enum MHD_Result (*add_response_header)(struct MHD_Response *response, const char *name,
                                           const char *value);
    void (*destroy_response)(struct MHD_Response *response);
};

#endif
