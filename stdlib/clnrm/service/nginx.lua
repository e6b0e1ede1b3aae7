--- nginx for one server block, without any path of the system: it runs as the room's user.
local M = {
  summary = "nginx: files of a directory, and locations of your own.",
  package = "nginx",
  needs = { "nginx" },
  image = "docker.io/library/nginx:1",
  ready = "`GET /-/ready`, a location of the module's own, is answered",
}

M.options = {
  port = { type = "integer", default = 8080, min = 1024, max = 65535, doc = "where it listens" },
  root = { type = "text", default = "/project", doc = "the directory that it shows" },
  locations = {
    type = "table",
    doc = 'directives of a location: "/api/" = "proxy_pass http://127.0.0.1:9000;"',
  },
  server = { type = "text", doc = "more directives for the server block" },
}

--- What is asked to learn whether it answers; it has no other meaning.
M.READY = "/-/ready"

local MAIN = [[
daemon off;
master_process off;
pid DIR/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log /dev/stdout;
  client_body_temp_path DIR/body;
  proxy_temp_path DIR/proxy;
  fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi;
  scgi_temp_path DIR/scgi;
  default_type application/octet-stream;
  types {
    text/html html htm; text/css css; text/plain txt md; application/javascript js mjs;
    application/json json map; application/xml xml; application/wasm wasm; application/pdf pdf;
    image/svg+xml svg; image/png png; image/jpeg jpg jpeg; image/gif gif; image/webp webp;
    image/x-icon ico; font/woff2 woff2; font/woff woff;
  }
SERVER
}
]]

local SERVER = [[
  server {
    listen ADDRESSPORT;
    charset utf-8;
    root "ROOT";
    location = READY { access_log off; return 204; }
MORE
  }
]]

--- Where the image reads servers from; its own file of that name is replaced.
M.CONFIG = "/etc/nginx/conf.d/default.conf"

local function server(o, address)
  if o.root:find('[%c"\\$]') then
    return nil, 'nginx cannot show a path with ", \\, $ or a line break in it', "root"
  end
  local more, paths = { o.server }, {}
  for path in pairs(o.locations or {}) do
    paths[#paths + 1] = path
  end
  table.sort(paths)
  for _, path in ipairs(paths) do
    more[#more + 1] = ("location %s { %s }"):format(path, o.locations[path])
  end
  local values = {
    ADDRESSPORT = address .. o.port,
    MORE = table.concat(more, "\n"),
    READY = M.READY,
    ROOT = o.root,
  }
  return (SERVER:gsub("%u%u+", values))
end

--- Returns the service over the programs of this machine.
---@param o table the options, and `dir`
---@return table? spec
---@return string? message why it cannot be
---@return string? option that is to blame
function M.spec(o)
  local text, why, option = server(o, "127.0.0.1:")
  if not text then
    return nil, why, option
  end
  local config = o.dir .. "/nginx.conf"
  local content = MAIN:gsub("%u%u+", { DIR = o.dir, SERVER = text })
  return {
    command = { "nginx", "-e", "stderr", "-c", config },
    ports = { o.port },
    files = { { path = config, content = content } },
    wait = { http = M.READY, status = 204 },
  }
end

--- Returns the service over an image, whose own nginx.conf reads the servers of a folder.
---@param o table the options
---@return table? spec
---@return string? message why it cannot be
---@return string? option that is to blame
function M.in_image(o)
  local text, why, option = server(o, "")
  if not text then
    return nil, why, option
  end
  return {
    ports = { o.port },
    files = { { path = M.CONFIG, content = text } },
    wait = { http = M.READY, status = 204 },
  }
end

return M
