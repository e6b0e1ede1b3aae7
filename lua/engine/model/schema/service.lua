--- Schema of [services.NAME].  None of it is enforced by this build: types and names are checked.
local record = require("engine.model.record")
local types = require("engine.model.types")

local key, new = record.key, record.new

local M = {}

local TEXT, NAME = types.text(), types.name()
local COMMAND = types.command()
local LIST_OF_TEXT = types.list(types.text({ empty = true }), { single = true })

local PORT = types.either('a port, or "host:container"', {
  integer = types.integer(0, 65535),
  string = types.text({
    test = function(value)
      local host, inside = value:match("^(%d+):(%d+)$")
      inside = inside or value:match("^%d+$")
      if not inside or tonumber(inside) > 65535 or tonumber(host or 0) > 65535 then
        return 'is not a port: 8080, "8080:80" or "0:80"'
      end
    end,
  }),
}, "8080")

local VOLUME = types.either('a table, or "host:container[:ro]"', {
  string = TEXT,
  table = new({
    title = "volumes of a service",
    keys = {
      key("host_path", TEXT, "Path outside; relative to the test file.", { required = true }),
      key("container_path", TEXT, "Path inside.", { required = true }),
      key("read_only", types.boolean(), "Not writable inside.", { default = false }),
    },
  }),
}, '"./data:/data:ro"')

local FILE = new({
  title = "files of a service",
  keys = {
    key("path", TEXT, "Path inside.", { required = true }),
    key("content", types.text({ empty = true, nul = true }), "What is in it."),
    key("from", TEXT, "The file that is copied."),
    key("mode", types.either("permission bits", { string = TEXT, integer = types.integer(0, 4095) },
      '"0644"'), "Permission bits."),
  },
})

local HEALTH = new({
  title = "health_check of a service",
  keys = {
    key("cmd", COMMAND, "Command that ends with 0 when the service is healthy.",
      { alias = { "command" } }),
    key("interval", types.duration(), "Time between probes."),
    key("timeout", types.duration(), "Time for one probe."),
    key("retries", types.integer(0, 1000), "Failures until it counts as unhealthy."),
    key("start_period", types.duration({ zero = true }), "Failures in this time do not count."),
  },
})

local WAIT = new({
  title = "wait of a service",
  keys = {
    key("port", types.integer(1, 65535), "A port answers."),
    key("http", TEXT, "A URL or path answers."),
    key("status", types.integer(100, 599), "With this status."),
    key("body", TEXT, "With this in its body."),
    key("log", types.regex(), "The expression is found in the log."),
    key("times", types.integer(1, 1000000), "So many times."),
    key("cmd", COMMAND, "A command ends with 0."),
    key("file", TEXT, "A file exists."),
    key("exit", types.integer(0, 255), "The service ends with this code."),
    key("span", NAME, "A span of this name was received."),
    key("timeout", types.duration(), "Deadline."),
  },
})

local LIMITS = new({
  title = "limits",
  keys = {
    key("cpu_millicores", types.integer(1, 1000000), "Thousandths of a core.",
      { alias = { "cpu_limit" } }),
    key("memory_mb", types.integer(1, types.HUGE), "Memory.", { alias = { "memory_limit" } }),
    key("pids", types.integer(1, types.HUGE), "Processes and threads."),
  },
})
M.limits = LIMITS

local DEPENDS = types.either("a list of services, or a table", {
  string = NAME,
  array = types.list(NAME),
  table = types.map(types.one_of({ "started", "healthy", "completed" })),
}, '["db"]')

local ULIMIT = types.either("a number, or { soft, hard }", {
  integer = types.integer(-1, types.HUGE),
  table = new({
    title = "ulimits",
    keys = {
      key("soft", types.integer(-1, types.HUGE), "Soft limit."),
      key("hard", types.integer(-1, types.HUGE), "Hard limit."),
    },
  }),
}, "1024")

M.service = new({
  title = "[services.NAME]",
  keys = {
    key("plugin", NAME, "Service module of the standard library or the project.",
      { alias = { "type" }, default = "generic" }),
    key("image", TEXT, "Image reference, `host`, `rootfs:DIR` or `archive:FILE.tar`."),
    key("command", COMMAND, "Replaces the image's command."),
    key("args", LIST_OF_TEXT, "Appended to the entrypoint."),
    key("env", types.env(), "Variables.", { alias = { "environment" } }),
    key("ports", types.list(PORT, { single = true }), "Published ports."),
    key("volumes", types.list(VOLUME, { single = true }), "Mounts."),
    key("files", types.list(FILE), "Files placed before the start."),
    key("networks", LIST_OF_TEXT, "Networks it joins."),
    key("aliases", LIST_OF_TEXT, "Further names."),
    key("network", types.one_of({ "none", "room", "host" }, '"none"'), "Which network.",
      { default = "room" }),
    key("allow_network", types.boolean(), "There is a way out.", { default = false }),
    key("workdir", TEXT, "Working directory.", { alias = { "working_dir" } }),
    key("user", NAME, "Who runs it."),
    key("hostname", NAME, "Host name."),
    key("entrypoint", COMMAND, "Replaces the image's entrypoint."),
    key("stop_signal", NAME, "Signal that ends it."),
    key("stop_timeout", types.duration(), "Time until it is killed."),
    key("platform", NAME, "Platform of the image."),
    key("tmpfs", LIST_OF_TEXT, "Private memory file systems."),
    key("shm_size", types.either("a size", { string = TEXT, integer = types.integer(0) }, '"64m"'),
      "Size of /dev/shm."),
    key("extra_hosts", LIST_OF_TEXT, "Lines of /etc/hosts."),
    key("ulimits", types.map(ULIMIT), "Resource limits."),
    key("build", new({
      title = "build of a service",
      keys = {
        key("context", TEXT, "Directory."),
        key("dockerfile", TEXT, "File in it."),
        key("args", types.env(), "Build arguments."),
        key("target", NAME, "Stage."),
      },
    }), "Build the image instead of pulling it."),
    key("pull_policy", types.one_of({ "missing", "always", "never" }), "When to pull.",
      { default = "missing" }),
    key("reuse", types.one_of({ "never", "verified" }), "Whether the room may be used again.",
      { default = "never" }),
    key("depends_on", DEPENDS, "Services that start before."),
    key("kind", types.one_of({ "daemon", "task", "init" }), "Stays, or must end.",
      { default = "daemon" }),
    key("health_check", HEALTH, "How to see that it is healthy.", { alias = { "healthcheck" } }),
    key("wait", types.either("a table of conditions, or a list of such", {
      table = WAIT,
      array = types.list(WAIT),
    }, "{ port = 80 }"), "When it is ready."),
    key("wait_for_span", NAME, "Ready when this span was received."),
    key("wait_for_span_timeout_secs", types.span(1000), "Deadline of that.", { default = 30000 }),
    key("limits", LIMITS, "Limits of the service.", { alias = { "resources" } }),
    key("username", TEXT, "Read by plugins that know it."),
    key("password", TEXT, "Read by plugins that know it."),
    key("database", TEXT, "Read by plugins that know it."),
    key("strict", types.boolean(), "Read by plugins that know it."),
  },
})

M.services = types.map(M.service)

return M
