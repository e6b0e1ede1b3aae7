--- Family V: environment.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "V",
  title = "Environment",
  codes = {
    V001 = {
      title = "The room could not be made",
      text = [[
No room, no verdict: nothing is known about the test (verdict `infra`, exit code 6). The message
names the step that was refused. `clnrm doctor` shows what the machine can and cannot do. Or a
service was not started beside the room of another test or command, which could have led its volumes
elsewhere and did not end.]],
    },
    V002 = {
      title = "The room was lost",
      text = [[
The program that runs the steps inside the room ended while it was needed: the machine ran out of
memory, or somebody killed it. Nothing is known about the test.]],
    },
    V003 = {
      title = "The run was stopped",
      text = [[
Ctrl-C, a signal or `--deadline` ended the run while the test was under way. Its steps were killed
and its room is gone.]],
    },
    V004 = {
      title = "A service was killed from outside",
      text = [[
It got a SIGKILL, and clnrm did not send it: a process of the room did (a step that runs `kill -9`,
say), somebody outside, or the kernel for the machine's lack of memory. Who it was cannot be told,
so nothing is known about the test (verdict `infra`). A service that used up the memory of its own
`limits` has failed instead. To kill a service as part of a Lua test: `service:kill()`.]],
    },
    V005 = {
      title = "An image that cannot be had",
      text = [[
The image that `image` names is not in the store of this machine, or the archive is damaged, holds
what no image may hold, or is made for other processors (verdict `infra`, exit code 6: nothing is
known about the test). Three ways to get an image: `clnrm image load FILE` puts the images of a file
that `docker save` or `podman save` made into the store, `image = "archive:FILE.tar"` takes such a
file of the project, and `image = "rootfs:DIR"` takes a folder that holds a root. No test is ever
run with the host's programs instead.]],
    },
    V006 = {
      title = "The engine does not answer",
      text = [[
Docker or Podman answered when the run began, and does so no more: it was killed, or it stands
still. A call that waits long is followed by a ping; when nothing at all has come for 25 seconds, or
nothing can be connected to, all that waits for the engine ends at once (verdict `infra`, exit code
6: nothing is known about the tests). What is left there is written down: the next run removes it,
or `clnrm reap`, as soon as the engine answers again. One that takes the run's first connection and
says nothing for 10 seconds, or ends it without a word, is told so at once; one that is not there at
all is no lost engine, but the reason why an image cannot be had (V005). `docker info` and its log
(`journalctl -u docker`) say more.]],
    },
    V007 = {
      title = "Something of a room could not be removed",
      text = [[
The test is over, and its engine keeps something of its room: a container, a network or a volume.
The message names it, what the engine says, and which containers still hold it. A removal that
fails is tried again for two seconds, a network or volume that is held for ten (verdict `infra`: the
room was not there as it should be to its end). It is written down: the next run removes it, or
`clnrm reap`, once it goes.]],
    },
    V008 = {
      title = "The engine does not tell what is done to containers",
      text = [[
Docker and Podman tell by events that somebody has paused, restarted, signalled or disconnected a
container. Their stream (`GET /events`) could not be opened, or it broke under the run and none that
lasts came about for 20 seconds. The test may have done what it says; but its containers may have
been changed meanwhile, and nobody would know (verdict `infra`, exit code 6). That holds for all
rooms of the engine that end from then on, until the next run. `docker events` shows whether the
engine tells them; a proxy before its socket may cut or refuse what takes long.]],
    },
    V009 = {
      title = "A service was restarted by hand",
      text = [[
`clnrm services restart` has restarted a service of the test while it ran, or before in the room
that it shares with others. The run did so itself, so no death of the service is told; but what the
test saw is not what its file says, so nothing is known about it (verdict `infra`, exit code 6),
whether its steps passed or not: what they tell stands beside. Only an `error` or `policy` of the
test's own stands over it. To restart a service as part of a test:
`service:stop()` and `service:start()` in Lua, or a fault (`kill`, `stop`) in the file.]],
    },
  },
}
