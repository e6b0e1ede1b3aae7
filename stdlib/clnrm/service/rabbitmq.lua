--- RabbitMQ: one node, named for the loopback that it is reached by, empty at the start.
local M = {
  summary = "RabbitMQ: one node, empty at the start of each room.",
  package = "rabbitmq-server",
  image = "docker.io/library/rabbitmq:3",
  data = { "/var/lib/rabbitmq" },
  ready = "it says that its startup is complete, and its port is open; with `plugins` it names "
    .. "each as started",
  steps = "`AMQP_URL`, with user, password and virtual host, and what `rabbitmqctl` needs",
}

--- Debian's /usr/sbin/rabbitmq-server starts this one, for two users of the system only.
M.PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"
M.needs = { M.PROGRAM, "erl" }

M.options = {
  port = { type = "integer", default = 5672, min = 1024, max = 65535, doc = "where it listens" },
  username = { type = "text", default = "guest", doc = "its one user, who may do everything" },
  password = { type = "text", default = "guest", secret = true, doc = "what clients must give" },
  vhost = { type = "text", default = "/", doc = "its virtual host" },
  plugins = { type = "list", doc = "plugins that are enabled, as `rabbitmq_management`" },
}

local NODE = "rabbit@localhost" -- the name of a container need not lead anywhere

--- Writes a part of a URL.
local function escaped(text)
  return (text:gsub("[^%w._~-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

--- It starts without a plugin that it has not, and says so in one line of many.
local function waits(o)
  local list = { { log = "Server startup complete", timeout = "120s" }, { port = o.port } }
  for i, name in ipairs(o.plugins or {}) do
    list[i + 2] = { log = "\\* " .. name .. "\\b", timeout = "5s" }
  end
  return list
end

local function spec_of(o)
  return {
    ports = { o.port },
    env = {
      RABBITMQ_NODENAME = NODE,
      RABBITMQ_NODE_PORT = tostring(o.port),
      RABBITMQ_DEFAULT_USER = o.username,
      RABBITMQ_DEFAULT_PASS = o.password,
      RABBITMQ_DEFAULT_VHOST = o.vhost,
      ERL_EPMD_ADDRESS = "127.0.0.1",
    },
    step_env = {
      AMQP_URL = ("amqp://%s:%s@127.0.0.1:%d/%s"):format(
        escaped(o.username), escaped(o.password), o.port, escaped(o.vhost)),
      RABBITMQ_NODENAME = NODE,
    },
    wait = waits(o),
  }
end

--- The file of the plugins, when there are any.
local function plugin_files(o, path)
  local names = o.plugins or {}
  for _, name in ipairs(names) do
    if not name:match("^[a-z][a-z0-9_]*$") then
      return nil, ("%q is no name of a plugin"):format(name), "plugins"
    end
  end
  return { { path = path, content = ("[%s].\n"):format(table.concat(names, ",")) } }
end

--- Returns the service over the programs of this machine.
---@param o table the options, and `dir`
---@return table? spec
---@return string? message why it cannot be
---@return string? option that is to blame
function M.spec(o)
  local enabled, config = o.dir .. "/enabled_plugins", o.dir .. "/rabbitmq.conf"
  local files, why, option = plugin_files(o, enabled)
  if not files then
    return nil, why, option
  end
  local spec = spec_of(o)
  files[2] = { path = config, content = "loopback_users = none\nlog.console = true\n" }
  spec.command, spec.files = { M.PROGRAM }, files
  spec.env.HOME = o.dir -- of the cookie
  spec.env.RABBITMQ_NODE_IP_ADDRESS = "127.0.0.1"
  spec.env.RABBITMQ_CONFIG_FILE = config
  spec.env.RABBITMQ_CONF_ENV_FILE = o.dir .. "/rabbitmq-env.conf" -- none, and not the system's
  spec.env.RABBITMQ_ENABLED_PLUGINS_FILE = enabled
  spec.env.RABBITMQ_MNESIA_BASE = o.dir .. "/mnesia"
  spec.env.RABBITMQ_PID_FILE = o.dir .. "/rabbitmq.pid"
  spec.env.RABBITMQ_LOGS = "-"
  return spec
end

--- Returns the service over an image.
---@param o table the options
---@return table? spec
---@return string? message why it cannot be
---@return string? option that is to blame
function M.in_image(o)
  local files, why, option = plugin_files(o, "/etc/rabbitmq/enabled_plugins")
  if not files then
    return nil, why, option
  end
  local spec = spec_of(o)
  spec.files = o.plugins and files or nil
  return spec
end

return M
