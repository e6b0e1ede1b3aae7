--- clnrm runs: the records that runs have left.
local exit_codes = require("engine.cli.exit_codes")
local runs = require("engine.runs")

local M = {
  summary = "Lists, describes, exports and removes the records of runs.",
  usage = "clnrm runs [list | info RUN | export RUN | prune [RUN ...]]",
  examples = {
    { "clnrm runs", "the runs of this project, the last one at the end" },
    { "clnrm runs info latest", "what is known of the last run" },
    { "clnrm runs export latest~1 -o run.ndjson", "the events of the run before" },
    { "clnrm runs export latest -f timings -o timings.json", "how long each test took" },
    { "clnrm runs prune b0b3", "remove one; without RUN: what is beyond the limits" },
  },
  text = [[
RUN is the beginning of a run's id, or latest, latest~1, latest~2, ... of this project.  With -v,
list shows the runs of all projects.  Records are removed at the end of a run when they are more
than 100, take more than 1 GB together, or are older than 30 days.
]],
  formats = { "json", "events", "timings" },
  exits = { 0, 1, 2, 6 },
}

M.SCHEMA = "clnrm.runs/1"

--- The records that `latest` counts in: those of this project.
local function own(cx, list)
  local out = {}
  for _, info in ipairs(list) do
    if info.project == cx.project.dir then
      out[#out + 1] = info
    end
  end
  return out
end

--- Says once what is no record, or none that this clnrm can read.
local function warn_unreadable(cx, unreadable)
  local first = unreadable[1]
  if first and not cx.opts.quiet and not cx.has_warned_of_records then
    cx.has_warned_of_records = true
    local newer = true
    for _, file in ipairs(unreadable) do
      newer = newer and file.is_newer
    end
    local what = newer and "a newer clnrm has written" or "no record of a run:"
    local more = #unreadable > 1 and (" and %d more"):format(#unreadable - 1) or ""
    cx.err:write(("warning: %s %s%s\n"):format(what, cx:safe(first.path), more))
  end
end

--- Reads all records; says once how many are none.
---@param cx engine.cli.Context
---@return engine.runs.Info[]? list the newest first
---@return integer? exit_code then
function M.read(cx)
  if not cx:find_project() then
    return nil, exit_codes.INPUT
  end
  local list, unreadable, err = runs.list()
  if err then
    cx:error("the records cannot be read: " .. err.message)
    return nil, exit_codes.ENVIRONMENT
  end
  warn_unreadable(cx, unreadable)
  return list
end

--- Looks for the record that is meant.
---@param cx engine.cli.Context
---@param wanted string
---@return engine.runs.Info?
---@return string? why there is none
---@return integer? exit_code of what was complained of already: the records cannot be read
function M.look(cx, wanted)
  local list, code = M.read(cx)
  if not list then
    return nil, nil, code
  end
  return runs.find(wanted, wanted:find("^latest") and own(cx, list) or list)
end

--- Finds the record that is meant; complains when there is none.
---@param cx engine.cli.Context
---@param wanted string
---@return engine.runs.Info?
---@return integer? exit_code then
function M.find(cx, wanted)
  local info, why, code = M.look(cx, wanted)
  if not info and why then
    cx:error(why, "`clnrm runs` lists them")
  end
  return info, not info and (code or exit_codes.INPUT) or nil
end

local function json_of(info)
  local json = require("core.json")
  local out = {}
  for key, value in pairs(info) do
    out[key] = value
  end
  out.args = json.array(info.args)
  return out
end

local function list_command(cx)
  local list, failure = M.read(cx)
  if not list then
    return failure
  end
  local mine = own(cx, list)
  local shown = cx.opts.verbose and list or mine
  if cx.format == "json" then
    local json = require("core.json")
    local out = { schema = M.SCHEMA, runs = json.array() }
    for i, info in ipairs(shown) do
      out.runs[i] = json_of(info)
    end
    cx.out:write(json.encode(out, { invalid = "replace" }) .. "\n")
    return exit_codes.OK
  end
  local show = require("engine.ui.run_lines")
  cx.out:write(show.list(cx.out, shown, {
    all = list,
    latest = mine[1],
    with_project = cx.opts.verbose,
  }))
  if #shown == 0 and not cx.opts.quiet then
    cx.out:write(#list == 0 and "no run is recorded\n"
      or ("no run of this project is recorded, %d of others: clnrm runs -v\n"):format(#list))
  end
  return exit_codes.OK
end

local function info_command(cx, wanted)
  local info, failure = M.find(cx, wanted)
  if not info then
    return failure
  end
  if cx.format == "json" then
    local out = json_of(info)
    out.schema = M.SCHEMA
    cx.out:write(require("core.json").encode(out, { invalid = "replace" }) .. "\n")
  else
    cx.out:write(require("engine.ui.run_lines").info(cx.out, info))
  end
  return exit_codes.OK
end

--- Writes the events of a record as `run -f events` does.
local function write_events(info, write)
  local report = require("engine.report.events").new({ write = write })
  for e in runs.events(info) do
    if e.event ~= "source" and e.event ~= "record_end" then
      report:on_event(e)
    end
  end
  report:finish()
end

--- Writes how long each test took.
local function write_timings(info, write)
  local durations = {}
  for identity, result in pairs(runs.results(info)) do
    durations[identity] = result.verdict ~= "skip" and result.duration_ms or nil
  end
  write(require("core.json").encode({
    schema = "clnrm.timings/1",
    tests = durations,
  }, { indent = 2, invalid = "replace" }) .. "\n")
end

local function export_command(cx, wanted)
  local info, failure = M.find(cx, wanted)
  if not info then
    return failure
  end
  return require("engine.cli.deliver").to(cx, function(write)
    local make = cx.format == "timings" and write_timings or write_events
    make(info, write)
  end)
end

local function prune_all(cx)
  local removed, err = runs.prune()
  if err and err.code ~= "EAGAIN" then
    cx:error("the records cannot be pruned: " .. err.message)
    return exit_codes.ENVIRONMENT
  end
  local bytes = 0
  for _, file in ipairs(removed) do
    bytes = bytes + file.bytes
  end
  if not cx.opts.quiet then
    cx.out:write(("removed %d of the records, %s\n"):format(#removed,
      require("engine.ui.run_lines").size(bytes)))
  end
  return exit_codes.OK
end

local function prune_command(cx, ...)
  if select("#", ...) == 0 then
    return prune_all(cx)
  end
  local infos, code = {}, exit_codes.OK
  for i = 1, select("#", ...) do
    local wanted = select(i, ...)
    local failure
    infos[i], failure = M.find(cx, wanted) -- all before the first is gone: latest~1 stays itself
    if not infos[i] then
      return failure
    end
  end
  for _, info in ipairs(infos) do
    local is_removed, err = runs.remove(info.file)
    if is_removed then
      cx.out:write(("removed %s\n"):format(info.id))
    elseif err.code == "EAGAIN" then
      cx:error(("run %s goes on: its record stays"):format(info.id))
      code = exit_codes.worst(code, exit_codes.NO)
    else
      cx:error(err.message)
      code = exit_codes.worst(code, exit_codes.ENVIRONMENT)
    end
  end
  return code
end

--- Each with the arguments that it takes, and its formats besides human.
local commands = {
  list = { run = list_command, formats = "json" },
  info = { run = info_command, args = 1, formats = "json" },
  export = { run = export_command, args = 1, formats = "events, timings" },
  prune = { run = prune_command, max = math.huge },
}
local NAMES = { "export", "info", "list", "prune" }

local function check(cx, name, command)
  local count = math.max(#cx.args - 1, 0)
  if count < (command.args or 0) then
    return cx:usage_error(("runs %s needs a run: an id, or latest"):format(name),
      "`clnrm runs` lists them")
  elseif count > (command.max or command.args or 0) then
    return cx:usage_error(("runs %s does not take '%s'"):format(name, cx.args[#cx.args]))
  elseif cx.format ~= "human" and not (command.formats or ""):find(cx.format, 1, true) then
    return cx:usage_error(("runs %s has no format '%s'; it has: human%s"):format(name, cx.format,
      command.formats and ", " .. command.formats or ""))
  elseif cx.opts.output and name ~= "export" then
    return cx:usage_error(("runs %s writes no file: --output is for export"):format(name))
  end
end

function M.run(cx)
  local name = cx.args[1] or "list"
  local command = commands[name]
  if not command then
    local near = require("engine.suggest").nearest(name, NAMES)
    return cx:usage_error(("there is no 'runs %s'"):format(name),
      near and ("did you mean '%s'?"):format(near) or "list, info, export or prune")
  end
  local refused = check(cx, name, command)
  return refused or command.run(cx, table.unpack(cx.args, 2))
end

return M
