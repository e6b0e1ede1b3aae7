--- Tells somebody who looks elsewhere what came of a run of the developer loop: --bell, --notify.
---
--- Told is each run after which tests stand as not good, and the first after which all are good
--- again; not one that was cut short. The desktop is told by notify-send.
local core = require("core.task")
local escape = require("core.text").escape
local proc = require("core.proc")
local term = require("core.term")

---@class engine.dev.notice
local M = {}

local NAMES_MAX = 5 -- of tests that a notification lists

--- Rings on the screen, else on the first terminal of standard error and output.
---@param screen? engine.dev.screen.View
---@return (fun())? ring nil: there is none
local function bell_of(screen)
  if screen then
    return function()
      if screen.screen then
        screen.screen:send("\a")
      end
    end
  end
  for _, fd in ipairs({ 2, 1 }) do
    if term.is_tty(fd) then
      return function()
        term.write(fd, "\a")
      end
    end
  end
end

--- Makes a text safe for a notification: a line without control characters, without markup.
local function plain(text)
  return (escape(text, { line = true }):gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;",
    [">"] = "&gt;" }))
end

local function sums(state)
  local counts, parts = state:counts(), {}
  for _, entry in ipairs(require("engine.report.words").order) do
    if counts[entry[1]] > 0 then
      parts[#parts + 1] = ("%d %s"):format(counts[entry[1]], entry[2])
    end
  end
  return table.concat(parts, ", ")
end

--- Lists what is not good, in the order of the files.
local function names(state, bad)
  local list = {}
  for _, path in ipairs(state.order) do
    local file = state.files[path]
    if file.broken then
      list[#list + 1] = file.file .. " cannot be read"
    end
    for _, id in ipairs(file.tests) do
      list[#list + 1] = bad[id] and id or nil
    end
  end
  local count = #list
  for i = count, NAMES_MAX + 1, -1 do
    list[i] = nil
  end
  for i, name in ipairs(list) do
    list[i] = plain(name)
  end
  list[#list + 1] = count > NAMES_MAX and ("and %d more"):format(count - NAMES_MAX) or nil
  return table.concat(list, "\n")
end

local function start(argv)
  return proc.spawn({ argv = argv })
end

--- Whether notify-send can be started.
local function has_desktop()
  local process <close> = start({ "notify-send", "--version" })
  local result = process and process:wait()
  return result ~= nil and result.code == 0
end

local function notify(project, state, bad, is_good)
  local process = start({ "notify-send", "--app-name=clnrm",
    "--urgency=" .. (is_good and "low" or "normal"), "--",
    plain(("%s: %s"):format(project, sums(state))), is_good and "" or names(state, bad) })
  if process then
    core.spawn(function()
      process:wait()
      process:close()
    end)
  end
end

---@class engine.dev.notice.Options
---@field bell? boolean
---@field notify? boolean
---@field screen? engine.dev.screen.View
---@field project fun(): string its name
---@field warn fun(text: string)

--- Makes the view of what --bell and --notify ask for; says what of it cannot be had.
---@async
---@param o engine.dev.notice.Options
---@return (fun(): fun(state: engine.dev.State, event: table))? view nil: nobody is to be told
function M.view(o)
  local ring = o.bell and bell_of(o.screen) or nil
  local notifies = o.notify and has_desktop()
  if o.bell and not ring then
    o.warn("--bell: neither standard output nor standard error is a terminal")
  end
  if o.notify and not notifies then
    o.warn("--notify: notify-send is not there, or does not work")
  end
  if not ring and not notifies then
    return nil
  end
  local was_bad = false
  return function()
    return function(state, event)
      if event.event ~= "reload_end" or event.interrupted then
        return
      end
      local bad = state:bad()
      local is_bad = next(bad) ~= nil or state:counts().error > 0
      if is_bad or was_bad then
        if ring then
          ring()
        end
        if notifies then
          notify(o.project(), state, bad, not is_bad)
        end
      end
      was_bad = is_bad
    end
  end
end

return M
