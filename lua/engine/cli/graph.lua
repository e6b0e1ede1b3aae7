--- clnrm graph: what waits for what in a test file.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Draws the services and steps of a test file.",
  usage = "clnrm graph [options] FILE|-",
  examples = {
    { "clnrm graph tests/db.clnrm.toml", "a tree of lines" },
    { "clnrm graph tests/db.clnrm.toml -f dot | dot -Tsvg > db.svg", "drawn by Graphviz" },
    { "clnrm graph 'tests/db.clnrm.toml[db=pg]' -f html -o db.html", "a page of one cell" },
  },
  text = [[
An arrow leads from what comes first to what waits for it.  Where records know the times of all
steps of a scenario whose steps overlap, the critical path is marked: only a shorter step of it
makes the scenario shorter.
]],
  formats = { "ascii", "dot", "json", "mermaid", "html" },
  exits = { 0, 2, 4, 6 },
}

--- Names of files that hold traces, and ways to name a run: what a later build can draw.
local function is_trace(arg)
  return arg:find("%.json[lp]?$") or arg:find("%.ndjson$") or arg:find("%.otlp$")
    or arg:find("^latest") or arg:find("^%x%x%x%x+$")
end

--- Refuses what is not one test file.
---@return integer? exit_code
local function check_argument(cx)
  local arg = cx.args[1]
  if not arg then
    return cx:usage_error("which file? clnrm graph FILE")
  elseif #cx.args > 1 then
    return cx:check_args(1)
  end
  local path = arg:gsub("%[[^%[%]]*%](:?%d*)$", ""):gsub(":%d+$", "")
  local stat = require("core.fs").stat(path)
  if is_trace(arg) and not (stat and stat.type == "directory") then
    cx:error(("traces cannot be drawn in this build: %s"):format(arg),
      "clnrm graph draws the services and steps of a test file")
    return exit_codes.INPUT
  elseif stat and stat.type == "directory" then
    cx:error(("%s is a folder: clnrm graph draws one file"):format(arg),
      "`clnrm list` shows which files there are")
    return exit_codes.INPUT
  elseif path:find("%.lua$") and stat then
    cx:error(("nothing to draw: the tests of %s are known when it runs"):format(arg),
      "clnrm graph draws test files in TOML")
    return exit_codes.INPUT
  end
end

--- Finds the times of steps in the records.
local function times_of(cx)
  local identity, runs = require("engine.plan.identity"), require("engine.runs")
  local by_test = runs.step_durations(cx.project.dir)
  return {
    of = function(_, scenario)
      return by_test[identity.told(scenario)] or by_test[scenario.id] or {}
    end,
  }
end

--- Writes the graph in the wanted form.
local function render(cx, graph)
  if cx.format == "json" then
    return assert(require("core.json").encode(graph, { invalid = "replace" })) .. "\n"
  elseif cx.format == "human" then
    local to_screen = (cx.opts.output or "-") == "-"
    local look = to_screen and cx.out or { utf8 = cx.out.utf8, width = cx.out.width }
    return require("engine.ui.show").inert(require("engine.graph.tree").render(look, graph))
  elseif cx.format == "ascii" then
    local look = { width = cx.out.width, fits = cx.out.fits and (cx.opts.output or "-") == "-" }
    return require("engine.ui.show").inert(require("engine.graph.tree").render(look, graph))
  end
  return require("engine.graph." .. cx.format).render(graph)
end

function M.run(cx)
  local refused = check_argument(cx)
  if refused then
    return refused
  end
  local suites = require("engine.cli.suites")
  local loaded, plan, code
  loaded, code = suites.load(cx, { by_line = true, for_engine = true, stdin = true })
  if loaded then
    plan, code = suites.plan(cx, loaded)
  end
  if not plan then
    return code
  elseif loaded.broken[1] then
    cx:show_diagnostics(loaded.broken[1].diagnostics, loaded.sources)
    return exit_codes.INPUT
  elseif #plan.scenarios == 0 then
    suites.tell_nothing(cx, loaded, plan)
    return exit_codes.NOTHING
  end
  local masks = require("engine.plan.secrets").of(plan.scenarios)
  local graph = require("engine.graph").of(plan.scenarios, {
    times = times_of(cx),
    clean = function(name, scenario)
      return masks:name(name, scenario.id)
    end,
  })
  return require("engine.cli.deliver").to(cx, function(write)
    write(render(cx, graph))
  end, { loaded.suites[1].path, table.unpack(loaded.suites[1].reads or {}) })
end

return M
