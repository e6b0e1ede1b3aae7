--- Keys of the project: `.clnrm/dev.lua`, which says `clnrm.dev.key("g", "open grafana", fn)`.
---
--- A function runs in a task of its own with the limits of a test, and gives way while it computes:
--- a slow one holds up no key, and an endless one ends. What goes wrong in it is told, and the
--- screen goes on. Keys of the screen itself win.
local core = require("core.task")
local environment = require("engine.script.environment")
local errors = require("engine.raised")
local fs = require("core.fs")
local load = require("engine.script.load")

---@class engine.dev.screen.plugins
local M = {}

M.FILE = ".clnrm/dev.lua"

local TEXT_MAX = 1 << 20
local KEYS_MAX = 100
local GIVE_WAY_MS = 10
M.INSTRUCTIONS_MAX, M.COMPUTE_MS, M.MEMORY_MAX = 1000000000, 2000, 256 << 20

--- Calls a function of the project in a task of its own, which ends with the caller: one that has
--- not begun never does, and what it raises then is nobody's.
---@async
local function call(fn, ...)
  local arguments = table.pack(...)
  local running = core.spawn(function()
    if core.is_cancelled() then
      return
    end
    core.limit(M.INSTRUCTIONS_MAX, M.COMPUTE_MS)
    core.memory(M.MEMORY_MAX)
    core.give_way(GIVE_WAY_MS)
    local ok, raised = pcall(fn, table.unpack(arguments, 1, arguments.n))
    if not ok then
      error(errors.text(raised), 0) -- said here: what says it may be the project's, without an end
    end
  end)
  local ok, raised = pcall(running.join, running)
  if core.is_cancelled() then
    running:cancel()
    pcall(core.shield, running.join, running)
    return true
  end
  return ok, raised
end

local function copy_of(test)
  if not test then
    return nil
  end
  return {
    id = test.id, file = test.file, name = test.name, cell = test.cell, line = test.line,
    verdict = test.verdict, duration_ms = test.duration_ms,
    tags = table.move(test.tags or {}, 1, #(test.tags or {}), 1, {}),
  }
end

--- What a function gets: the chosen test, and what it may ask of the screen.
local function handle_of(view)
  local screen = { test = copy_of((view.tree:current())) }
  function screen.tell(_, text)
    view:tell(tostring(text))
  end
  function screen.rerun(_, what)
    if what ~= "all" and what ~= "failed" and what ~= "again" then
      error('screen:rerun wants "all", "failed" or "again"', 2)
    end
    return view.loop:rerun(what) > 0
  end
  function screen.run(_, command)
    if type(command) ~= "string" then
      error("screen:run wants a command of the shell", 2)
    end
    return require("engine.dev.screen.outside").run(view, command)
  end
  return screen
end

--- Makes the key of a function: pressed while it still runs, it says so.
local function key_of(view, name, text, fn)
  local is_running = false
  return { keys = { name }, name = name, text = text, act = function()
    if is_running then
      return view:tell(name .. " still runs")
    end
    is_running = true
    view:spawn(function()
      local ok, why = call(fn, handle_of(view))
      is_running = false
      if not ok then
        view:tell(("%s: %s"):format(name, why), "red bold")
      end
    end)
  end }
end

--- What `clnrm.dev.key` is in the file.
local function register(view, own, list)
  return function(name, text, fn)
    if type(name) ~= "string" or utf8.len(name) ~= 1 or name:find("%c") then
      error("clnrm.dev.key: a key is one character", 2)
    elseif type(text) ~= "string" or type(fn) ~= "function" then
      error("clnrm.dev.key wants a key, a text for the help and a function", 2)
    elseif own[name] then
      error(("clnrm.dev.key: '%s' is the screen's own: %s"):format(name, own[name].text), 2)
    elseif #list >= KEYS_MAX then
      error(("clnrm.dev.key: more than %d keys"):format(KEYS_MAX), 2)
    end
    for i, key in ipairs(list) do
      if key.name == name then
        table.remove(list, i)
        break
      end
    end
    list[#list + 1] = key_of(view, name, text, fn)
  end
end

--- Loads the keys of the project; the file is executed.
---@async
---@param view engine.dev.screen.View
---@param own table<string, engine.dev.screen.Key> the screen's
---@return engine.dev.screen.Key[] list those before an error, when there is one
---@return string? problem
---@nodiscard
function M.load(view, own)
  local dir, list = view.cx.project.dir, {}
  local path = dir .. "/" .. M.FILE
  if view.cx.opts["no-overrides"] or not fs.exists(path) then
    return list
  end
  local text, err = fs.read(path, { max = TEXT_MAX })
  if not text then
    return list, ("%s: %s"):format(M.FILE, err.message)
  end
  local env = environment.new({ name = M.FILE, path = path, project_dir = dir,
    print = function(printed)
      view:tell(printed)
    end })
  env.clnrm = setmetatable({ dev = { key = register(view, own, list) } },
    { __index = require("clnrm") })
  local chunk, problems = load.chunk(text, { name = M.FILE, path = path, project_dir = dir,
    env = env })
  if not chunk then
    local first = problems[1]
    return list, ("%s:%d: %s"):format(M.FILE, first.line or 1, first.message)
  end
  local ok, why = call(chunk)
  return list, not ok and why or nil
end

return M
