--- Why something is not the same in a room of an engine as in the sandbox: the sentences of
--- docs/docker.md, "What is different from the sandbox".
return {
  containers = "What only containers have (`networks`, other addresses in `extra_hosts`) is "
    .. "refused where the sandbox runs the file.",
  policies = "The levels of a policy are other settings here:",
  own_place = "A service has a container of its own: it shares neither `/room` nor processes with "
    .. "the room's steps, nor with other services.",
  own_loopback = "A service has a loopback of its own: the port of one is never held by another.",
  first_process = "The first process of a container takes no signal that it does not catch, from "
    .. "inside not even SIGKILL, and its end by a signal is known only as an exit code.",
  one_end = "Where the first process of a service ends, its container ends: a command in it has no "
    .. "end of its own then.",
  later = "The agent beside a service is there some time after the service has started; of one "
    .. "that ends before, only the end is told.",
  variables = "A service, and what runs in it, has the variables of its image, of the file, and "
    .. "`HOSTNAME`, `HOME` and `PATH`; those of the sandbox besides (`USER`, `SHELL`, `TZ`, "
    .. "`TMPDIR`) it has not.",
  servers = "What a server prints of its process, its user and its limits is that of its "
    .. "container.",
  owners = "Files of an image belong to whom the image says; in the sandbox all of them to the "
    .. "room's user.",
  same_user = "The agent of a room is its user's process; signals of a step to it are allowed and "
    .. "have no effect.",
  no_carrier = "Without an agent nobody asks for pages or carries bytes: `wait = { http = … }` and "
    .. "requests of Lua tests are errors.",
  codes = "Without an agent a signal is told as exit code 128 + N, and `should_fail` has no answer "
    .. "then (T405).",
  own_session = "Without an agent what a command leaves in a session of its own goes on, without a "
    .. "mark, until its room ends.",
  shell_first = "Without an agent the first process of a room is a shell of its user, which may be "
    .. "traced and signalled.",
  slow = "Limits of some hundred milliseconds are over sooner where a step takes longer: without "
    .. "an agent always, with one on a busy machine.",
}
