--- What the specs of services share: rooms without a project, and sets that are closed with them.
local poll = require("engine.service.poll")
local sandbox = require("engine.backend.sandbox")
local service = require("engine.service")
local task = require("core.task")

local M = {}

--- Opens a room with services in it; `close()` ends both.
---@param specs table[] as engine.model.Service; what is missing is left out
---@param options? table
function M.open(specs, options)
  local events = {}
  options = options or {}
  options.emit = options.emit or function(event)
    events[#events + 1] = event
  end
  local furniture = service.furniture(specs)
  local room = assert(sandbox.open({
    room = { project = "none" },
    hosts = furniture.hosts,
    dirs = furniture.dirs,
    shelf = furniture.shelf,
  }))
  local set = service.new(room, specs, options)
  return setmetatable({ room = room, set = set, events = events }, {
    __close = function()
      set:close({ grace_ms = 2000 })
      assert(room:close())
    end,
  })
end

--- Events of a kind.
function M.of(opened, name)
  local list = {}
  for _, event in ipairs(opened.events) do
    if event.event == name then
      list[#list + 1] = event
    end
  end
  return list
end

--- A server in Python: listens on a port after `delay` seconds, answers `body` over HTTP.
function M.server(port, more)
  more = more or {}
  local text = ([[
import http.server, time
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = %q.encode()
        self.send_response(%d)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
time.sleep(%s)
s = http.server.ThreadingHTTPServer((%q, %d), H)
print("listening", flush=True)
s.serve_forever()
]]):format(more.body or "hello", more.status or 200, more.delay or 0, more.ip or "127.0.0.1", port)
  return { "python3", "-S", "-c", text }
end

--- Makes the result of `exec` a value that is given back at the end of its scope.
function M.result(result, err)
  assert(result, err)
  return setmetatable({
    exit_code = result.exit_code,
    stdout = function(_, max)
      return result:stdout(max)
    end,
  }, {
    __close = function()
      result:close()
    end,
  })
end

local DEADLINE_MS, POLL_MS = 60000, 5

--- Waits until `fn` is true; raises `what` when it never is.
function M.await(what, fn)
  for _ = 1, DEADLINE_MS / POLL_MS do
    if fn() then
      return
    end
    task.sleep(POLL_MS)
  end
  error("never came: " .. what, 2)
end

--- Calls `fn` and returns how many milliseconds it took, then what it returned.
function M.timed(fn, ...)
  local began = poll.now()
  local results = table.pack(fn(...))
  return poll.now() - began, table.unpack(results, 1, results.n)
end

return M
