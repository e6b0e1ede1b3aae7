--- Schema of [services.NAME].
local limits = require("engine.model.schema.limits")
local of = require("engine.model.schema.service_types")
local record = require("engine.model.record")
local types = require("engine.model.types")

local key, new = record.key, record.new

local M = {}

local TEXT, NAME = types.text(), types.name()
local COMMAND = types.command()
local LITERAL = { literal = true } -- it may stand behind an entrypoint, which the image knows

--- One or several; those that are right are looked at, whatever the others are.
local function some(item)
  return types.list(item, { single = true, partial = true })
end

local function path(sample)
  return types.argument({ sample = sample, expects = "a path" })
end

local VOLUME = types.either('a table, or "host:container[:ro]"', {
  string = of.volume(),
  table = new({
    title = "volumes of a service",
    keys = {
      key("host_path", path('"./data"'), "Path in the project; relative to the test file.",
        { required = true, tried = { "source", "host", "from" } }),
      key("container_path", path('"/data"'), "Absolute path in the service's view of the room.",
        { required = true, tried = { "target", "container", "to", "path" } }),
      key("read_only", types.boolean(), "It cannot be written to.",
        { default = false, tried = { "ro", "readonly" } }),
    },
  }),
}, '"./data:/data:ro"')
VOLUME.plural = "volumes"

--- Tells whether a table has keys that are unknown: what they were meant to be is not missing.
local function has_unknown(checked)
  local count = 0
  for _ in pairs(checked.raw) do
    count = count + 1
  end
  return count > #checked.order
end

local function check_file(checked, cx)
  local has_content, has_from = checked.spelt.content, checked.spelt.from
  if has_content and has_from then
    cx:at_key("P121", checked.raw, "from", "a file has `content` or `from`, not both",
      "leave one out")
  elseif not has_content and not has_from and not has_unknown(checked) then
    cx:at_value("P121", checked.t, checked.k, "a file of a service without `content` and `from`",
      nil, 'add: content = "text", or from = "./file"')
  end
end

local FILE = new({
  title = "files of a service",
  sample = '{ path = "app.conf", content = "a = 1" }',
  keys = {
    key("path", path('"/etc/app.conf"'),
      "Path in the service's view; a relative one starts at its working directory.",
      { required = true, tried = { "target", "to" } }),
    key("content", types.text({ empty = true, nul = true }), "What is in it.",
      { tried = { "text", "data" } }),
    key("from", path('"./app.conf"'), "The file of the project that is copied.",
      { tried = { "source", "src" } }),
    key("mode", of.mode(), "Its permission bits; without it 0644, or those of the copied file."),
  },
  also = check_file,
})

local HEALTH = new({
  title = "health_check of a service",
  fits = { as = "health", keys = { "cmd", "interval", "timeout", "retries", "start_period" } },
  keys = {
    key("cmd", COMMAND, "Command that ends with 0 when the service is healthy.",
      { alias = { "command" }, required = true, tried = { "test", "exec" } }),
    key("interval", types.duration(), "Time between two probes.", { default = "1s" }),
    key("timeout", types.duration(), "Time for one probe.", { default = "5s", sample = '"2s"' }),
    key("retries", types.integer(1, 1000), "Failures in a row after which it is not healthy.",
      { default = 3 }),
    key("start_period", types.duration({ zero = true }),
      "Time after the start in which failures do not count.", { default = 0 }),
  },
})

local KINDS = { "port", "http", "log", "cmd", "file", "exit", "span" }

--- A condition is of one kind: a list says several.
local function check_wait(checked, cx)
  local found = {}
  for _, spec in ipairs(checked.order) do
    for _, kind in ipairs(KINDS) do
      if spec.name == kind then
        found[#found + 1] = kind
      end
    end
  end
  if #found == 0 and not has_unknown(checked) then
    cx:at_value("P121", checked.t, checked.k, "a wait that says nothing to wait for", nil,
      "one of: port, http, log, cmd, file, exit")
  elseif #found > 1 then
    cx:at_key("P121", checked.raw, found[2],
      ("`%s` and `%s` are two conditions"):format(found[1], found[2]), nil,
      "write a list of them: wait = [{ … }, { … }]")
  end
end

local WAIT = new({
  title = "wait of a service",
  fits = {
    as = "wait",
    owns = { "condition" },
    needs = { "condition" },
    keys = {
      "status", "body", "times", "timeout",
      port = { says = "condition" },
      http = { says = "condition", texts = {
        form = { "/[!-~]*", "http://localhost:[1-9][0-9]?[0-9]?[0-9]?/[!-~]*" },
        asks = { "one port" },
      } },
      log = { says = "condition" },
      cmd = { says = "condition" },
      file = { says = "condition" },
    },
  },
  keys = {
    key("port", types.integer(1, 65535, "8080"), "A port answers.", { tried = { "tcp" } }),
    key("http", types.text({ sample = '"http://localhost:8080/"' }),
      'A page of the service answers: "/path" on its one port, or "http://localhost:PORT/path".',
      { tried = { "url" } }),
    key("status", types.integer(100, 599, "204"), "It answers with this status.",
      { default = 200, beside = "http" }),
    key("body", TEXT, "It answers with this text in the body.", { beside = "http" }),
    key("log", types.regex(), "The expression is found in what the service wrote.",
      { tried = { "regex", "stdout", "message" } }),
    key("times", types.integer(1, 1000000), "It is found so many times.",
      { default = 1, beside = "log" }),
    key("cmd", COMMAND, "A command ends with 0 in the service's view.",
      { tried = { "command", "exec" } }),
    key("file", path('"ready"'),
      "A file is there; a relative path starts at the service's working directory."),
    key("exit", types.integer(0, 255), "A task ends with this code.", { tried = { "exit_code" } }),
    key("span", NAME, "A span of this name was received.", { enforced = false }),
    key("timeout", types.duration(), "Deadline.", { default = "30s" }),
  },
  also = check_wait,
})
M.WAIT_KINDS = KINDS

local DEPENDS = types.either("a list of services, or a table", {
  string = NAME,
  array = types.list(NAME),
  table = types.map(types.one_of({ "started", "healthy", "completed" })),
}, '["db"]')

local ULIMIT = types.either("a number, or { soft, hard }", {
  integer = types.integer(0, types.HUGE),
  table = new({
    title = "ulimits",
    keys = {
      key("soft", types.integer(0, types.HUGE), "Soft limit.", { required = true }),
      key("hard", types.integer(0, types.HUGE), "Hard limit; a room has one for both.",
        { required = true }),
    },
  }),
}, "512")

local EXTRA_HOSTS = types.either('a list of "name:address", or a table', {
  string = of.extra_host(),
  array = types.list(of.extra_host(), { partial = true }),
  table = types.map(TEXT, { test = of.host_name_problem, partial = true }),
}, '["cache.internal:127.0.0.1"]')

local HOST_OR_OWN = types.one_of({ "private", "host" }, '"host"')

--- A key that says whose namespace a service has.
local function namespace(name, doc)
  return key(name, HOST_OR_OWN, doc .. ", with `--allow host-namespaces`.", { default = "private" })
end

local INTRO = [=[
```toml
[services.cache]
plugin = "redis"

[services.web]
command = ["python3", "-m", "http.server", "8000"]
ports = [8000]
wait = { http = "/" }
depends_on = ["cache"]
```

Each scenario has services of its own. Started are those that its steps run beside, with all that
they wait for; a step that runs in the room itself has all of the file. Every service is reached by
its name and its aliases, unless it has a network of its own. What it writes to `/var/lib/NAME` ends
with the scenario. The options of a module stand beside these keys:
[service modules](service-modules.md). How services work: [services](../services.md).
]=]

M.keys = {
  key("plugin", types.name('"redis"'),
    "Service module of the standard library, or the project's own services/NAME.lua.",
    { alias = { "type" }, default = "generic", tried = { "module" } }),
  key("image", types.argument({ expects = "an image", sample = '"redis:7"' }),
    "What its root is: `host`, `rootfs:DIR`, `archive:FILE.tar`, or the name of a stored image; "
      .. "see [images](../images.md).", { default = "host" }),
  key("command", types.command(LITERAL),
    "What is started: a list is the argv as it is, text is for `sh -c`.",
    { tried = { "cmd", "run", "exec", "script" } }),
  key("args", types.list(types.argument({ empty = true, sample = '"-v"' }), { single = true }),
    "Arguments that are appended."),
  key("env", types.env(), "Variables, on top of the room's.", { alias = { "environment" } }),
  key("ports", some(of.port()),
    'Ports it listens on. "8080:80" is 8080 of this machine\'s loopback, too; 0 is any free one.',
    { tried = { "port" } }),
  key("volumes", some(VOLUME),
    "Files and folders of the project that it sees.", { tried = { "mounts" } }),
  key("files", some(FILE), "Files placed before the start."),
  key("networks", types.list(of.host_name('"front"'), { single = true }),
    "Networks of the room, by names that the file chooses, in Docker and Podman: services reach "
      .. "each other where they have one in common. Steps of the room itself are in all."),
  key("aliases", some(of.host_name('"cache"')), "Further names of it."),
  key("network", types.one_of({ "room", "none", "host" }, '"none"'),
    "`room`: everything in the room reaches it; `none`: it has a network of its own."
      .. " `host`: that of the machine, in Docker and Podman, with `--allow host-network`.",
    { default = "room" }),
  key("relay", types.boolean(),
    "Others reach it through a relay of clnrm, which faults of its network need. A `[[fault]]` of "
      .. "a file sees to that itself.", { default = false }),
  key("allow_network", types.boolean(),
    "There is a way out for it, in Docker and Podman: a bridge beside the room's network.",
    { default = false }),
  key("privileged", types.boolean(), "All rights on the machine, with `--allow privileged`.",
    { default = false }),
  key("cap_add", types.list(of.capability(), { single = true }),
    "Capabilities beside Docker's default ones, with `--allow added-capabilities`."),
  key("devices", some(of.device()), "Devices of the machine, with `--allow devices`."),
  namespace("pid", "Whose processes it sees"),
  namespace("ipc", "Whose shared memory it has"),
  namespace("uts", "Whose host name it has"),
  key("workdir", path('"/tmp"'),
    "Working directory; a relative one is below the service's own /var/lib/NAME.",
    { alias = { "working_dir" }, default = "/var/lib/NAME", tried = { "cwd", "dir" } }),
  key("user", of.user(), "Who runs it, of the image: `user`, or `user:group`, names or numbers. A "
    .. "sandbox room has one user, `room` (1000:1000)."),
  key("hostname", of.hostname('"db.internal"'), "Host name that it sees."),
  key("entrypoint", types.command({ literal = true, empty = true }),
    "Stands before the command; `[]` leaves out that of the image."),
  key("stop_signal", of.signal(), "Signal that ends it.", { default = "SIGTERM" }),
  key("stop_timeout", types.duration(), "Time it has to end, then it is killed.",
    { default = "10s" }),
  key("platform", of.platform(), "Platform of the image; without it, what the engine takes.",
    { sample = '"linux/amd64"' }),
  key("tmpfs", types.list(of.tmpfs(), { single = true }), "Private places in memory."),
  key("shm_size", of.size(), "Size of /dev/shm, which is then its own.", { default = "64m" }),
  key("extra_hosts", EXTRA_HOSTS,
    "Further names, each of a loopback address; in Docker and Podman of any address."),
  key("ulimits", types.map(ULIMIT, { sample = "{ nofile = 512 }", partial = true }),
    "Resource limits of its processes, below the room's: core, cpu, data, fsize, memlock, "
      .. "msgqueue, nofile, nproc, sigpending, stack."),
  key("build", new({
    title = "build of a service",
    keys = {
      key("context", path('"./app"'), "Folder of the project, relative to the test file.",
        { required = true, tried = { "path", "dir" } }),
      key("dockerfile", path('"web.dockerfile"'), "File in it.", { default = "Dockerfile" }),
      key("args", types.env(), "Values of its ARGs."),
      key("target", NAME, "The stage that is built; without it the last."),
    },
  }), "Build the image instead of pulling it (Docker, Podman).",
    { sample = '{ context = "./app" }' }),
  key("pull_policy", types.one_of({ "missing", "always", "never" }),
    "When the image is pulled: where the engine lacks it, before each run, or never.",
    { default = "missing", beside = "image", sample = '"never"' }),
  key("reuse", types.one_of({ "never", "verified" }), "Whether the room may be used again.",
    { default = "never", enforced = false, later = "what a service holds in memory cannot be shown "
      .. "to be clean; files without services have `reuse` in [room]" }),
  key("depends_on", DEPENDS,
    "Services that come before: `started` (ready), `healthy` or `completed`. A list means healthy "
      .. "of what has a health_check, completed of a task, else started.",
    { tried = { "after", "requires" } }),
  key("kind", types.one_of({ "daemon", "task", "init" }, '"task"'),
    "`daemon`: stays until the end; `task`: ends with 0 before what depends on it; `init`: a task "
      .. "that everything else waits for.", { default = "daemon" }),
  key("health_check", HEALTH, "How to see that it is healthy.", { alias = { "healthcheck" } }),
  key("wait", types.either("a table of one condition, or a list of such", {
    table = WAIT,
    array = types.list(WAIT),
  }, "{ port = 80 }"), "When it is ready; without it, when it is started.",
    { tried = { "wait_for", "ready", "readiness" } }),
  key("wait_for_span", NAME, "Ready when this span was received.", { enforced = false }),
  key("wait_for_span_timeout_secs", types.span(1000), "Deadline of that.",
    { default = 30000, enforced = false }),
  key("limits", limits, "Limits of the service.", { alias = { "resources" } }),
}

M.service = new({
  title = "[services.NAME]",
  fits = {
    as = "service",
    owns = { "program", "text for the shell", "one port" },
    needs = { "program" },
    clears = { "dependencies" },
    keys = {
      "env", "workdir", "relay", "stop_timeout", "kind", "health_check", "wait", "limits",
      plugin = { only = require("clnrm.service.generic").names },
      image = { gives = "program", texts = require("engine.image.reference").FITS },
      command = { gives = "program", if_text = { gives = "text for the shell" } },
      args = { bars = "text for the shell" },
      ports = { clears = { "ports" }, if_one = { gives = "one port" } },
      network = { only = { "room", "none" } },
      stop_signal = { only = { "SIGTERM", "SIGINT", "SIGQUIT", "SIGKILL", "SIGHUP" } },
      depends_on = { choices = { "array", "string" },
        texts = { refers = "services", earlier = true, set = "dependencies" } },
    },
  },
  intro = INTRO,
  sample = '{ command = ["true"] }',
  keys = M.keys,
  varies_by = { keys = { "plugin", "type" }, except = require("clnrm.service.generic").names },
  variant = function(raw, cx)
    if raw.plugin == nil and raw.type == nil then
      return nil
    end
    return require("engine.service.module").record_of(raw, cx)
  end,
})

M.services = types.map(M.service, {
  test = of.host_name_problem,
  partial = true,
  fits = {
    form = { "[a-z][a-z0-9_-]*" }, -- in small letters: names must differ by more than that
    pairs = "-",
    max = 63,
    unlike = { "localhost", "room", "ip6-" },
    set = "services",
    unreferred = "unnamed service",
    items_max = 100,
  },
})

return M
