--- Files over HTTP, by python3's http.server.
local M = {
  summary = "Files of a directory over HTTP, by python3.",
  package = "python3",
  needs = { "python3" },
  ready = "`GET /` is answered with 200: the directory is there",
}

M.options = {
  port = { type = "integer", default = 8000, min = 1024, max = 65535, doc = "where it listens" },
  root = { type = "text", default = "/project", doc = "the directory that it shows" },
}

--- Returns the service for a set of options.
---@param o table the options, and `dir`
---@return table spec
function M.spec(o)
  return {
    -- -I -S: nothing of the environment and no site packages, which is also the faster start
    command = {
      "python3", "-I", "-S", "-u", "-m", "http.server", tostring(o.port),
      "--bind", "127.0.0.1", "--directory", o.root,
    },
    ports = { o.port },
    wait = { http = "/", status = 200 },
  }
end

return M
