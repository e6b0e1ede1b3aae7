--- The page of the developer loop: what engine.dev.state knows, in a browser of this machine.
---
--- A server on 127.0.0.1 whose address has a token (engine.dev.ui.guard). Each request is a task;
--- the loop goes on meanwhile, and neither it nor the program waits for any of them.
local changes = require("engine.dev.ui.changes")
local core = require("core.task")
local details = require("engine.dev.ui.details")
local guard = require("engine.dev.ui.guard")
local html = require("engine.dev.ui.html")
local httpd = require("core.httpd")
local json = require("core.json")
local page = require("engine.dev.ui.page")
local random = require("engine.random")

---@class engine.dev.ui
local M = {}

local READERS_MAX = 16 -- pages that are told of changes
local CALM_MS = 100 -- between two lists of changes to one page
local TESTS_A_MS = 50 -- of many tests the parts take longer to be written: so much calmer
local BEAT_MS = 15000 -- a page that is gone is seen by writing to it
local CHUNK = 512 << 10 -- of a long page that is written at once

---@class engine.dev.Ui a to-be-closed value
---@field url string
---@field private server core.httpd.Server
---@field private tasks table<core.Task, true>
---@field private page engine.dev.ui.Page
---@field private changes engine.dev.ui.Changes
---@field private metrics engine.dev.ui.Metrics
---@field private name fun(): string of the project
---@field private loop? engine.dev.Loop
local Ui = {}
Ui.__index = Ui

local function headers(more)
  local all = {}
  for name, value in pairs(guard.HEADERS) do
    all[name] = value
  end
  for name, value in pairs(more or {}) do
    all[name] = value
  end
  return all
end

local function answer(request, status, kind, body)
  request:answer(status, headers({ ["Content-Type"] = kind }), body)
end

local function answer_text(request, status, text)
  answer(request, status, "text/plain; charset=utf-8", text .. "\n")
end

--- Sends a document; a long one bit by bit, so that other tasks come to their turn.
local function answer_page(request, text)
  if #text <= CHUNK then
    return answer(request, 200, "text/html; charset=utf-8", text)
  end
  local ok = request:stream(200, headers({ ["Content-Type"] = "text/html; charset=utf-8" }))
  for at = 1, #text, CHUNK do
    ok = ok and request:write(text:sub(at, at + CHUNK - 1))
  end
end

--- Has the loop rest again, which gives back what an answer took.
local function wake(self)
  if self.loop then
    self.loop.news:set()
  end
end

--- Tells a page of changes until it goes away.
local function stream(self, request, head)
  if self.changes.count >= READERS_MAX then
    return answer_text(request, 503, "Too many pages are open.")
  end
  local reader = self.changes:open(head.query.version)
  local _ <close> = setmetatable({}, {
    __close = function()
      self.changes:close(reader)
    end,
  })
  local ok = request:stream(200, headers({ ["Content-Type"] = "text/event-stream" }))
  while ok do
    local names, err = core.timeout(BEAT_MS, reader.take, reader)
    if names then
      ok = request:write("data: " .. json.encode(json.array(names)) .. "\n\n")
      wake(self)
      core.sleep(CALM_MS + self.changes.tests // TESTS_A_MS)
    elseif err and err.code == "ETIMEDOUT" then
      ok = request:write(":\n\n")
    else
      return
    end
  end
end

--- Gives the loop an order; a browser goes back to where it was.
local function order(self, request, head)
  local id, reason = require("engine.dev.ui.orders").give(self.loop, guard.form(head.body))
  if not id then
    return answer_text(request, 400, reason)
  end
  local back = id ~= "" and "./?test=" .. html.query(id) or "./"
  request:answer(303, headers({ Location = back }), "")
end

local FILES = {
  ["style.css"] = { "text/css; charset=utf-8", "engine.dev.ui.style" },
  ["script.js"] = { "text/javascript; charset=utf-8", "engine.dev.ui.script" },
  ["icon.svg"] = { "image/svg+xml", "engine.dev.ui.icon" },
}

local function get(self, request, head, path)
  local file, part = FILES[path], path:match("^part/(%l+)$")
  if path == "" then
    answer_page(request, page.overview(self.page, head.query.test))
  elseif path == "timings" then
    answer_page(request, page.timings(self.page))
  elseif part then
    local found = page.part(self.page, part, head.query)
    if found then
      answer_page(request, tostring(found))
    else
      answer_text(request, 404, "There is no such part.")
    end
  elseif file then
    answer(request, 200, file[1], require(file[2]))
  elseif path == "events" and head.method == "GET" then
    stream(self, request, head)
  elseif path == "/metrics" then
    answer(request, 200, self.metrics.TYPE, self.metrics:text(self.page.state))
  else
    answer_text(request, 404, "There is no such page.")
  end
end

local function handle(self, request)
  local head = request:head()
  local path, status, reason = guard.check(head, { port = self.server:port(), token = self.token })
  if not path then
    answer_text(request, status, reason)
  elseif head.method ~= "POST" then
    get(self, request, head, path)
  elseif path == "order" and self.loop then
    order(self, request, head)
  else
    answer_text(request, 404, "There is nothing to be ordered here.")
  end
end

local function serve(self)
  while true do
    local request = self.server:next()
    if not request then
      return
    end
    local one
    one = core.spawn(function()
      local held <close> = request
      local ok, err = pcall(handle, self, held)
      self.tasks[one] = nil
      if not ok and not core.is_cancelled() then
        answer_text(held, 500, "This is a bug in clnrm: " .. tostring(err))
      end
      wake(self)
    end)
    self.tasks[one] = true
  end
end

--- Follows a loop: the view of `engine.dev.Options.views`.
---@param loop engine.dev.Loop
---@return fun(state: engine.dev.State, event: table)
function Ui:follow(loop)
  self.loop, self.page.state = loop, loop.state
  self.server_task = core.spawn(serve, self)
  loop.state:apply({ event = "serving", url = self.url })
  return function(state, event)
    if event.event == "reload_begin" then -- the settings may have been read again for it
      self.page.project = self.name()
    end
    self.page.details:on_event(event, loop.cycle and loop.cycle.sources)
    self.metrics:on_event(state, event)
    self.changes:on_event(state, event)
  end
end

--- Ends: pages that are open are told, and cut.
function Ui:close()
  if self.server_task then
    self.server_task:cancel()
    for one in pairs(self.tasks) do
      one:cancel()
    end
  end
  self.server:close()
end
Ui.__close = Ui.close

--- Begins to listen; nothing is answered before it follows a loop.
---@param o { port?: integer, project: fun(): string }
---@return engine.dev.Ui? ui
---@return core.Error? err EADDRINUSE, EACCES, EPLUGIN
function M.open(o)
  local server, err = httpd.open({ port = o.port })
  if not server then
    return nil, err
  end
  local token, told = random.hex(guard.TOKEN_BYTES), changes.new()
  return setmetatable({
    server = server, token = token, tasks = {},
    url = ("http://127.0.0.1:%d/%s/"):format(server:port(), token),
    changes = told,
    metrics = require("engine.dev.ui.prometheus").new(),
    page = { details = details.new(), project = o.project(), changes = told },
    name = o.project,
  }, Ui)
end

return M
