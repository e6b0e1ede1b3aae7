--- clnrm replay: tells a recorded run again, in any form.
local damage = require("engine.runs.damage")
local exit_codes = require("engine.cli.exit_codes")
local runs = require("engine.runs")

local M = {
  summary = "Tells a recorded run again, in any form that `run` has.",
  usage = "clnrm replay [options] RUN",
  examples = {
    { "clnrm replay latest -vv", "the last run, with all that its steps printed" },
    { "clnrm replay b0b3 -f junit", "another one, by the beginning of its id, as JUnit XML" },
    { "clnrm replay latest --report json=r.json", "and a report that nobody asked for in time" },
  },
  text = [[
RUN is the beginning of a run's id, or latest, latest~1, ... of this project; `clnrm runs` lists
them.  Nothing is run.  The exit code says whether the run could be told, not what came of it: 0
also when tests failed in it.
]],
  formats = require("engine.cli.run").formats,
  exits = { 0, 2, 6, 141 },
}

--- Says what a record does not tell.
local function note(cx, info)
  if info.state == "running" then
    cx.err:write(("note: run %s goes on: this is what it has told so far\n"):format(info.id))
  elseif info.state == "incomplete" then
    cx.err:write(("note: the record of run %s is incomplete: clnrm was killed, or could not write "
      .. "on (a full disk)\n"):format(info.id))
  elseif info.left_out then
    cx.err:write(("note: the record was full: %d events of the run are not in it\n"):format(
      info.left_out))
  end
end

--- Gives the first `count` events of a record to reporters, and the texts that their places point
--- into.  What a living run adds meanwhile is not among them.
local function tell(cx, info, count, reports, sources)
  local told = 0
  for e in runs.events(info) do
    told = told + 1
    if told > count then
      return
    elseif e.event == "source" then
      sources[e.file] = e.text
    elseif e.event ~= "record_end" then
      for _, report in ipairs(reports) do
        report:on_event(e)
      end
      if cx.out.err then
        return -- nobody reads any more
      end
    end
  end
end

--- Says that a record holds what no run tells: somebody has changed it, or the disk has.
local function refuse(cx, info, why)
  cx:error(("the record of run %s cannot be told: it is damaged, or not what clnrm %s writes")
    :format(info.id, info.version), why)
  return exit_codes.INPUT
end

function M.run(cx)
  if #cx.args ~= 1 then
    return cx:usage_error("replay takes one run: an id, or latest", "`clnrm runs` lists them")
  end
  local config = cx:load_config()
  local open = require("engine.report.open")
  local refused = not config and exit_codes.INPUT or open.check(cx)
  if refused then
    return refused
  end
  local info, failure = require("engine.cli.runs").find(cx, cx.args[1])
  if not info then
    return failure
  end
  local count, why = damage.look_through(info.file)
  if not count then
    return refuse(cx, info, why)
  end
  local sources = {}
  local reports = open.open(cx, config, { sources = sources, suites = {}, warnings = {} })
  tell(cx, info, count, reports.list, sources)
  local code = open.close(cx, reports, exit_codes.OK)
  note(cx, info)
  return code
end

return M
