--- What of the tests is run, and in which order: the options about it become those of the plan.
local exit_codes = require("engine.cli.exit_codes")
local random = require("engine.random")

local M = {}

--- Complains about an option.
local function refuse(cx, message, ...)
  cx:error(message, ...)
  return nil, exit_codes.INPUT
end

--- Draws a seed: any number that JSON holds exactly and people can type.
local function draw_seed()
  return string.unpack("<I4", random.bytes(4)) & 0x7FFFFFFF
end

--- Options that do nothing alone are refused: who gives one means something by it.
local function check_company(cx)
  local o = cx.opts
  if o.timings and not o.shard and o.order ~= "slowest-first" then
    return refuse(cx, "--timings has an effect only with --shard or --order slowest-first")
  elseif o.failed and o["failed-first"] then
    return refuse(cx, "--failed and --failed-first exclude each other",
      "--failed runs nothing but what failed")
  end
  return true
end

local function add_since(cx, opts)
  local rev = cx.opts.since
  if not rev then
    return true
  end
  local since = require("engine.plan.since")
  local changed, top = since.changed(cx.project.dir, rev)
  if not changed then
    return refuse(cx, ("--since %s: %s"):format(rev, top))
  end
  opts.affected = since.affected(changed, top)
  return true
end

local function add_timings(cx, opts)
  local file = cx.opts.timings
  if not file then
    return true
  end
  local timings, why = require("engine.plan.timings").load(file)
  if not timings then
    return refuse(cx, ("--timings %s: %s"):format(file, why))
  end
  opts.timings, opts.about.timings = timings, timings.digest
  return true
end

--- Says how risky a scenario is, by the records and the time of its file.
local function risk_of(cx)
  local identity, order = require("engine.plan.identity"), require("engine.plan.order")
  local histories = require("engine.runs").histories(cx.project.dir)
  local fs, changed = require("core.fs"), {}
  return function(scenario)
    local path = scenario.suite.path
    if path and changed[path] == nil then
      local stat = fs.stat(path)
      changed[path] = stat and stat.mtime_ns or false
    end
    return order.risk(histories[identity.told(scenario)], path and changed[path] or nil)
  end
end

local function add_order(cx, opts)
  local order = cx.opts.order
  opts.order = order ~= "file" and order or nil
  opts.about.order, opts.about.seed = order, cx.opts.seed
  if order == "random" then
    opts.seed = cx.opts.seed or draw_seed()
    opts.about.seed = opts.seed
  elseif order == "slowest-first" then
    local timings = require("engine.plan.timings")
    opts.durations = opts.timings
      or timings.of((require("engine.runs").durations(cx.project.dir)))
  elseif order == "risk" then
    opts.risk = risk_of(cx)
  end
end

--- Says that what failed may be more than what is known of it.
local function warn_unread(cx, known)
  local file = known and known.unread[1]
  if file and not cx.opts.quiet then
    local more = #known.unread > 1 and (" and %d more"):format(#known.unread - 1) or ""
    cx.err:write(("warning: what failed in %s%s is not known: %s\n"):format(cx:safe(file.path),
      more, file.is_newer and "a newer clnrm has written it" or "it is no record, or damaged"))
  end
end

--- What failed, as the records of this project know it; with --failed also what a run of everything
--- that was cut short has not reached.
local function add_failed(cx, opts, loaded)
  if not (cx.opts.failed or cx.opts["failed-first"]) then
    return true
  elseif loaded.first and not cx.opts.failed then
    opts.first, opts.about.order = loaded.first, opts.about.order or "failed-first"
    return true
  end
  local identity = require("engine.plan.identity")
  local known, err = require("engine.runs").last_failed(cx.project.dir)
  if err and cx.opts.failed then
    cx:error("the records cannot be read: " .. err.message)
    return nil, exit_codes.ENVIRONMENT
  end
  warn_unread(cx, known)
  local function failed(scenario)
    local file = identity.file(scenario.suite)
    if known and scenario.is_outline then
      return known:has_some(file)
    end
    return known ~= nil and known:has(identity.told(scenario), file)
  end
  if cx.opts.failed then
    opts.known = known
    opts.failed = function(scenario)
      return failed(scenario) or known ~= nil and known:is_unreached(identity.told(scenario))
    end
  else
    opts.first, opts.about.order = failed, opts.about.order or "failed-first"
  end
  return true
end

--- How many tests that did not pass before are not in the plan, and so still stand; of a file that
--- could not be read then and is not looked at now, and of a run whose record cannot be read,
--- nobody knows how many: it counts as one.
local function count_outstanding(opts, plan, suites)
  local identity, left = require("engine.plan.identity"), {}
  for id in pairs(opts.known.ids) do
    left[id] = true
  end
  for _, file in ipairs(opts.known:untouched_files()) do
    left[file] = true
  end
  for _, suite in ipairs(suites) do
    left[identity.file(suite)] = nil
    for _, scenario in ipairs(suite.scenarios) do
      left[identity.told(scenario)] = opts.failed(scenario) or nil
    end
  end
  for _, scenario in ipairs(plan.scenarios) do
    left[identity.told(scenario)] = nil
  end
  local count = #opts.known.unread
  for _ in pairs(left) do
    count = count + 1
  end
  return count
end

--- Reads the options.
---@async
---@param cx engine.cli.Context
---@param loaded engine.cli.Loaded
---@return engine.plan.Options? opts with `about`: fields of run_begin
---@return integer? exit_code then
function M.options(cx, loaded)
  local o = cx.opts
  local opts = {
    filter = o.filter,
    only = o.only,
    tags = o.tag,
    broken = loaded.broken,
    picks = loaded.picks,
    shard = o.shard,
    about = { shard = o.shard and ("%d/%d"):format(o.shard.index, o.shard.count) },
  }
  for _, step in ipairs({ check_company, add_since, add_timings }) do
    local ok, code = step(cx, opts)
    if not ok then
      return nil, code
    end
  end
  add_order(cx, opts)
  local ok, code = add_failed(cx, opts, loaded)
  if not ok then
    return nil, code
  end
  return opts
end

--- Says why a plan is empty, where the options know it better than the filters.
local function hint(cx, opts, plan, suites)
  local words = require("engine.report.words")
  if opts.failed and not opts.known then
    return "no run of this project is recorded"
  elseif opts.failed then
    local count = count_outstanding(opts, plan, suites)
    if count > 0 and count == #opts.known.unread then
      return ("nothing failed in the last run that can be read (%s)"):format(opts.known.run.id)
    end
    return count == 0 and ("nothing failed in the last run (%s)"):format(opts.known.run.id)
      or ("%s %s before, and none of them is here"):format(words.count(count, "scenario"),
        opts.known.cut and "failed or did not run" or opts.known.killed and "failed or did not end"
          or "failed")
  elseif opts.affected and not plan.hint then
    return ("nothing that has changed since %s can touch one"):format(cx.opts.since)
  elseif plan.unsharded and plan.unsharded > 0 then
    return ("%s in other shards"):format(words.count(plan.unsharded, "scenario"))
  end
  return plan.hint
end

--- Adds to a plan what a run of it tells.
---@param cx engine.cli.Context
---@param opts engine.plan.Options as `options` returned it
---@param plan engine.Plan
---@param suites engine.model.Suite[] that it was made of
function M.finish(cx, opts, plan, suites)
  plan.about, plan.timings = opts.about, opts.timings
  if opts.failed and #plan.scenarios > 0 then
    plan.outstanding = count_outstanding(opts, plan, suites)
  end
  if #plan.scenarios == 0 then
    plan.hint = hint(cx, opts, plan, suites)
  end
end

return M
