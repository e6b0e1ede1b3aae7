--- nginx for one server block, without any path of the system: it runs as the room's user.
local M = {
  summary = "nginx: files of a directory, and locations of your own.",
  package = "nginx",
  needs = { "nginx" },
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

local CONFIG = [[
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
  charset utf-8;
  types {
    text/html html htm; text/css css; text/plain txt md; application/javascript js mjs;
    application/json json map; application/xml xml; application/wasm wasm; application/pdf pdf;
    image/svg+xml svg; image/png png; image/jpeg jpg jpeg; image/gif gif; image/webp webp;
    image/x-icon ico; font/woff2 woff2; font/woff woff;
  }
  server {
    listen 127.0.0.1:PORT;
    root "ROOT";
    location = READY { access_log off; return 204; }
MORE
  }
}
]]

--- Returns the service for a set of options.
---@param o table the options, and `dir`
---@return table? spec
---@return string? message why it cannot be
---@return string? option that is to blame
function M.spec(o)
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
    DIR = o.dir,
    MORE = table.concat(more, "\n"),
    PORT = tostring(o.port),
    READY = M.READY,
    ROOT = o.root,
  }
  local config = o.dir .. "/nginx.conf"
  return {
    command = { "nginx", "-e", "stderr", "-c", config },
    ports = { o.port },
    files = { { path = config, content = (CONFIG:gsub("%u%u+", values)) } },
    wait = { http = M.READY, status = 204 },
  }
end

return M
