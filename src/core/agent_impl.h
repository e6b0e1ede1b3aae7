/* agent_impl.h -- what agent.c, agent_begin.c, agent_frames.c, agent_join.c, agent_op.c, agent_start.c
 * and agent_stream.c share.
 *
 * Layer: core. */
#ifndef CLNRM_AGENT_IMPL_H
#define CLNRM_AGENT_IMPL_H

#include "base/base.h"
#include "core/agent.h"
#include "core/reap.h"

enum {
    CLNRM_AGENT_TEXT_MAX = 512, /* bytes of a fact, a note, a reason */
    CLNRM_AGENT_STAGE_MAX = 32,
    CLNRM_AGENT_LEAKS_MAX = 256, /* bytes of the names of leaked processes */
    CLNRM_AGENT_READ_SIZE = 256 * 1024,
    CLNRM_AGENT_QUEUE = 256 * 1024, /* input is added to what waits to be sent up to this */
};

struct clnrm_agent_op {
    struct clnrm_agent *agent; /* NULL once over */
    struct clnrm_agent_op *next, **prev;
    uint32_t id;
    uint8_t kind; /* the frame that began it: CLNRM_FRAME_SPAWN... */
    int refs;     /* the owner's and, until it is over, the room's */
    enum clnrm_agent_op_state state;
    int status;
    char stage[CLNRM_AGENT_STAGE_MAX], what[CLNRM_AGENT_TEXT_MAX], reason[CLNRM_AGENT_TEXT_MAX];
    bool cancelled, keep_group;
    uint64_t due_ms; /* on uv_now()'s clock; 0: it may take for ever */
    bool has_grace;  /* it has passed once */
    uint64_t deadline_ms;

    uint32_t pid;
    bool has_exit;
    struct clnrm_exit exit;
    char leak_names[CLNRM_AGENT_LEAKS_MAX + 1];
    bool has_file;
    uint8_t file_kind;
    uint32_t file_mode;
    uint64_t file_size, file_max;

    struct clnrm_spool output[2];
    struct clnrm_buf inbox; /* of a stream */
    bool inbox_ended;
    uint32_t credit, owed; /* what the agent may still send; what it used and was not given back */

    struct clnrm_buf input; /* from input_at on: to be sent */
    size_t input_at;
    uint32_t window; /* what the agent takes now */
    bool takes_input, input_ended, input_end_sent;
    bool was_drained; /* all input is sent, and the owner does not know yet */

    clnrm_agent_cb *on_change;
    clnrm_agent_accept_cb *on_accept;
    void *data, *accept_data;
};

/* Descriptors that go to the agent with one byte of the stream. */
struct clnrm_agent_passed {
    struct clnrm_agent_passed *next;
    uint64_t at; /* which byte */
    int count, fds[CLNRM_SPAWN_GROUPS_MAX];
};

struct clnrm_agent {
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_timer_t timer;
    int handles; /* that libuv still knows */
    int holds;
    int fd; /* -1: closed */
    bool wants_write, is_flushing;
    struct clnrm_buf in;  /* a frame that is not whole yet */
    struct clnrm_buf out; /* from out_at on: to be written */
    size_t out_at;
    uint64_t written;                  /* bytes of the stream, ever */
    struct clnrm_agent_passed *passed; /* in their order */

    enum clnrm_agent_state state;
    int status;
    char reason[CLNRM_AGENT_TEXT_MAX];
    uint32_t pid, killed;
    bool has_closed; /* CLOSED came: the end of the stream is expected */
    bool is_full;    /* something could not be added to `out` */
    bool stuck, released;
    struct clnrm_agent_fact isolation[CLNRM_AGENT_LIST_MAX], notes[CLNRM_AGENT_LIST_MAX];
    uint32_t isolation_count, note_count;
    struct clnrm_agent_report *reports; /* NULL while there are none */
    uint32_t report_count;

    struct clnrm_agent_op *ops;
    uint32_t op_count, next_id;
    uint64_t due_ms, armed_ms; /* the room's own deadline; when the timer fires */
    bool has_grace;            /* the room's own deadline has passed once */

    struct clnrm_reap reap;
    bool is_guest; /* the room was made by others */
    char answer[CLNRM_KEY_MAX];
    size_t answer_len; /* what its READY must bring */
    pid_t launcher;    /* also the process group; 0: attached */
    bool reaped;

    clnrm_agent_cb *on_change;
    void *data;
};

/* agent.c */

/* Tells the room's owner to look again. */
void clnrm_agent_tell(struct clnrm_agent *a);

/* Declares the room lost: `why` is printf-like. */
void clnrm_agent_lose(struct clnrm_agent *a, int status, const char *why, ...)
    __attribute__((format(printf, 3, 4)));

/* Frees a room that is released and has ended. */
void clnrm_agent_free_when_over(struct clnrm_agent *a);

/* agent_stream.c */

/* Starts to read. */
void clnrm_agent_listen(struct clnrm_agent *a);

/* Lets the frame that is added to `out` next carry copies of `fds`.  Returns 0 or -errno. */
int clnrm_agent_pass(struct clnrm_agent *a, const int *fds, int count);
void clnrm_agent_drop_passed(struct clnrm_agent *a);

/* Sends what is in `out`, as far as the socket takes it, then adds waiting input. */
void clnrm_agent_flush(struct clnrm_agent *a);

/* Makes the timer fire at `at_ms` at the latest (0: nothing changes). */
void clnrm_agent_arm(struct clnrm_agent *a, uint64_t at_ms);

/* Each adds a small frame to `out`. */
void clnrm_agent_send_u32(struct clnrm_agent *a, uint8_t type, uint32_t id, uint32_t value);
void clnrm_agent_send_empty(struct clnrm_agent *a, uint8_t type, uint32_t id);

/* Makes the room object around a connected socket. */
int clnrm_agent_new(uv_loop_t *loop, int fd, struct clnrm_slice frames, clnrm_agent_cb *on_change,
                    void *data, struct clnrm_agent **out);

/* Watches the processes of the agent that was started as `launcher`. */
int clnrm_agent_watch(struct clnrm_agent *a, pid_t launcher);

/* agent_frames.c: each carries out one frame; returns 0, or CLNRM_EPROTO with `*why` set. */

int clnrm_agent_room_frame(struct clnrm_agent *a, const struct clnrm_frame *f, const char **why);
int clnrm_agent_op_frame(struct clnrm_agent *a, const struct clnrm_frame *f, const char **why);

/* agent_op.c */

/* Adds an operation to the room's table; `id` 0: the next one.  For starting and ACCEPT only. */
int clnrm_agent_op_new(struct clnrm_agent *a, uint8_t kind, uint32_t id,
                       struct clnrm_agent_op **out);

/* Gives one reference back. */
void clnrm_agent_op_unref(struct clnrm_agent_op *op);

/* Tells the operation's owner to look again. */
void clnrm_agent_op_tell(struct clnrm_agent_op *op);

/* Ends an operation for the host: takes it from the room and tells its owner. */
void clnrm_agent_op_finish(struct clnrm_agent_op *op, int status);

/* Ends a stream when both sides have sent their end. */
void clnrm_agent_op_finish_stream(struct clnrm_agent_op *op);

/* Whether it is a DIAL or an ACCEPT. */
bool clnrm_agent_op_is_stream(const struct clnrm_agent_op *op);

/* Whether it lasts from its DONE on until it is given up: a RELAY, a BRIDGE, a FILL. */
bool clnrm_agent_op_listens(const struct clnrm_agent_op *op);

/* Gives credit back for `len` bytes that are dealt with, half a window at a time. */
void clnrm_agent_op_give_credit(struct clnrm_agent_op *op, size_t len, uint32_t window);

/* Returns the time in `ms` from now. */
uint64_t clnrm_agent_in_ms(const struct clnrm_agent *a, uint64_t ms);

/* Adds input of the operations to the room's `out` while there is room for it. */
void clnrm_agent_pump(struct clnrm_agent *a);

/* Tells one owner that its input is all sent; returns whether there was one to tell. */
bool clnrm_agent_tell_drained(struct clnrm_agent *a);

#endif
