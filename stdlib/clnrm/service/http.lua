--- Files over HTTP, by python3's http.server.
local M = {
  summary = "Files of a directory over HTTP, by python3.",
  package = "python3",
  needs = { "python3" },
  image = "docker.io/library/python:3-slim",
  ready = "`GET /` is answered with 200: the directory is there",
}

M.options = {
  port = { type = "integer", default = 8000, min = 1024, max = 65535, doc = "where it listens" },
  root = { type = "text", default = "/project", doc = "the directory that it shows" },
}

local function server(o, address)
  return {
    -- -I -S: nothing of the environment and no site packages, which is also the faster start
    command = {
      "python3", "-I", "-S", "-u", "-m", "http.server", tostring(o.port),
      "--bind", address, "--directory", o.root,
    },
    ports = { o.port },
    wait = { http = "/", status = 200 },
    stop_signal = "SIGINT", -- which python catches: the first process of a container must
  }
end

--- Returns the service over the programs of this machine.
---@param o table the options
---@return table spec
function M.spec(o)
  return server(o, "127.0.0.1")
end

--- Returns the service over an image.
---@param o table the options
---@return table spec
function M.in_image(o)
  return server(o, "0.0.0.0")
end

return M
