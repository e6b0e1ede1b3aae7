--- Runs before each spec file: a file fails when it left globals, descriptors or another directory.
local busted = require("busted")
local lfs = require("lfs")

local task = require("core.task")

local known = {}
local blamed = {} ---@type string[] what was left, and by which test

local function list_fds()
  local fds = {}
  for name in lfs.dir("/proc/self/fd") do
    local target = lfs.symlinkattributes("/proc/self/fd/" .. name, "target") or "?"
    -- not this very listing, not the program of the agent, which is kept once it was made, and not
    -- what libuv holds in reserve for a listener that runs out of descriptors
    local is_kept = target:match("^/proc/%d+/fd$")
      or target:match("^/memfd:clnrm%-agent")
      or target == "/dev/null"
    if not is_kept then
      fds[name] = target
    end
  end
  return fds
end

local function note_globals(name)
  for key in next, _G do
    if not known[key] then
      known[key] = true
      blamed[#blamed + 1] = ("%s made the global '%s'"):format(name, tostring(key))
    end
  end
end

for key in next, _G do
  known[key] = true
end
local cwd = lfs.currentdir()
local fds = list_fds()

busted.subscribe({ "test", "end" }, function(element)
  note_globals(element.name)
  if lfs.currentdir() ~= cwd then
    blamed[#blamed + 1] = element.name .. " changed the working directory"
    lfs.chdir(cwd)
  end
  return nil, true
end)

-- Descriptors are compared at the end of the file: finalizers run late, and libuv closes on a later
-- turn of the loop.
busted.subscribe({ "suite", "end" }, function()
  note_globals("the file")
  collectgarbage()
  collectgarbage()
  task.sleep(1)
  for name, target in pairs(list_fds()) do
    if not fds[name] then
      blamed[#blamed + 1] = ("descriptor %s was left open: %s"):format(name, target)
    end
  end
  for _, text in ipairs(blamed) do
    local element = { descriptor = "harness", name = "leaves nothing behind" }
    busted.publish({ "error", "harness" }, element, nil, text, {})
  end
  return nil, true
end, { priority = 1 })
