--- Runs as inputs of a comparison: records of the store, and files that `runs export` or
--- `run -f events` has written.
---@class engine.diff.runs
local damage = require("engine.runs.damage")
local hash = require("core.hash")
local json = require("core.json")
local of_run = require("engine.diff.of_run")
local reader = require("engine.runs.reader")
local results = require("engine.runs.results")
local shape = require("engine.runs.shape")

local M = {}

local function as_input(tree, shown, notes)
  return {
    kind = "run",
    shown = shown,
    root = tree.root,
    known = tree.known,
    count = tree.count,
    notes = notes,
  }
end

local function notes_of(info)
  if info.state == "running" then
    return { ("run %s goes on: this is what it has told so far"):format(info.id) }
  elseif info.state == "incomplete" then
    return { ("the record of run %s is incomplete: clnrm was killed, or could not write on")
      :format(info.id) }
  elseif info.left_out then
    return { ("the record of run %s was full: %d events are not in it"):format(info.id,
      info.left_out) }
  end
  return {}
end

--- Goes through the first `count` events: what a living run adds meanwhile is not compared.
local function first_events(path, count)
  local next_event, told = reader.events(path), 0
  return function()
    told = told + 1
    return told <= count and next_event() or nil
  end
end

--- Reads a record.
---@param info engine.runs.Info
---@return engine.diff.Input?
---@return engine.diff.Problem?
function M.of_record(info)
  local count, why = damage.look_through(info.file)
  if not count then
    return nil, {
      message = ("the record of run %s cannot be compared: it is damaged, or not what clnrm %s "
        .. "writes"):format(info.id, info.version),
      help = why,
    }
  end
  local tree = of_run.read(first_events(info.file, count), {
    name = function(file)
      return results.file(info, file)
    end,
    began_s = info.began_s,
  })
  local input = as_input(tree, info.id, notes_of(info))
  input.info = info
  return input
end

--- Reads a line of events; returns why when it is none.
local function read_line(line)
  local e = json.decode(line)
  if type(e) ~= "table" or type(e.event) ~= "string" then
    return nil, "it is no event"
  end
  local why = not shape.knows(e.event) and "no run tells such an event" or shape.problem(e)
  if type(e.base64) == "string" then
    e.text, e.base64 = hash.unbase64(e.base64) or e.text, nil
  end
  return not why and e or nil, why
end

--- Reads the lines of a file, all of them: nothing is told of one that is half right.
local function events_of(bytes, has_header)
  local list, number = {}, 0
  for line, feed in bytes:gmatch("([^\n]*)(\n?)") do
    number = number + 1
    if line:find("%S") and not (number == 1 and has_header) then
      local e, why = read_line(line)
      if not e and feed == "\n" then -- the last line may be cut off
        return nil, ("%d: %s"):format(number, why)
      end
      list[#list + 1] = e
    end
  end
  return list
end

--- Reads a file of events.
---@param bytes string
---@param shown string the file
---@param head? table the header, of a record
---@return engine.diff.Input?
---@return engine.diff.Problem?
function M.of_text(bytes, shown, head)
  local list, why = events_of(bytes, head ~= nil)
  if not list then
    return nil, {
      message = ("%s:%s"):format(shown, why),
      help = "it is not what `clnrm runs export` or `clnrm run -f events` writes",
    }
  end
  local info = head and type(head.project) == "string" and head
  local at = 0
  local tree = of_run.read(function()
    at = at + 1
    return list[at]
  end, {
    name = info and function(file)
      return results.file({ project = info.project, cwd = info.cwd or info.project }, file)
    end or nil,
    began_s = info and math.tointeger(info.began_s) or nil,
  })
  local notes = not tree.has_end and { ("%s has no end: its run was killed, or goes on")
    :format(shown) } or {}
  return as_input(tree, shown, notes)
end

return M
