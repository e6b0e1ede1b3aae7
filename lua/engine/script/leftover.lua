--- Tasks of a test that nobody waited for: they are ended before the rooms close, and told.
local core = require("core.task")
local failure = require("engine.script.failure")
local guarded = require("engine.script.guarded")

---@class engine.script.leftover
local M = {}

local GRACE_MS = 5000 -- for tasks whose waits all end at once to come to their end

local WHAT = { loading = "file", hooks = "hook" }

local function by_line(a, b)
  return (a.place and a.place.line or 0) < (b.place and b.place.line or 0)
end

--- Lists tasks that nobody has waited for: those that run, and those that raised.
local function list_of(context, is_last)
  local running, raised = {}, {}
  for child in pairs(context.tasks) do
    if is_last or not child.context.is_apart then -- what a fixture starts, its teardown may end
      table.insert(child.ended and raised or running, child)
    end
  end
  table.sort(running, by_line)
  table.sort(raised, by_line)
  return running, raised
end

local function join_all(running)
  for _, child in ipairs(running) do
    pcall(child.task.join, child.task)
  end
end

--- Cancels tasks and waits for their end.
local function finish(context, running)
  local over = context.over
  context.over = over or "ended"
  for _, child in ipairs(running) do
    child.group:cancel()
  end
  core.timeout(GRACE_MS, join_all, running)
  context.over = over
  for _, child in ipairs(running) do
    if child.task:state() ~= "done" then
      guarded.hung = guarded.hung + 1
    end
  end
end

local function of_running(running, what)
  local count = #running
  return {
    verdict = "error",
    code = "T702",
    message = count == 1
      and ("a task of the %s still ran when it ended, and was cancelled"):format(what)
      or ("%d tasks of the %s still ran when it ended, and were cancelled"):format(count, what),
    place = running[1].place,
    label = count == 1 and "it was started here" or "the first was started here",
    help = "wait for their group: local group <close> = clnrm.task.group(), or group:wait()",
  }
end

--- Says what a task raised that nobody waited for; what a check or the engine raised is told.
local function of_raised(context, child)
  local asserted = context.asserted
  if failure.is(child.raised) then
    return nil
  elseif asserted and rawequal(asserted.value, child.raised) then
    context.uncaught[asserted.failure] = true
    return nil
  end
  local message, at = guarded.describe({ value = child.raised })
  return {
    verdict = "error",
    code = "T702",
    message = "a task failed, and nobody waited for it: " .. message,
    place = at or child.place,
    help = "wait for its group: local group <close> = clnrm.task.group(), or group:wait()",
  }
end

--- Ends the tasks that are left over.
---@async
---@param context engine.script.Context
---@param is_last boolean those of hooks and fixtures too
---@return table[] list what is wrong with it: fields of findings
function M.settle(context, is_last)
  local running, raised = list_of(context, is_last)
  local list = {}
  for _, child in ipairs(raised) do
    pcall(child.task.join, child.task) -- it is told here
    list[#list + 1] = of_raised(context, child)
  end
  if #running > 0 then
    table.insert(list, 1, of_running(running, WHAT[context.kind] or "test"))
    finish(context, running)
  end
  for _, of in ipairs({ running, raised }) do
    for _, child in ipairs(of) do
      context.tasks[child] = nil
    end
  end
  return list
end

return M
