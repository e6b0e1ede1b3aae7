--- Values of earlier steps in later ones: which step may use which, and what a `${name}` means.
---
--- A value is there in the steps that begin only after the step that captures it has ended.  In an
--- argument `${name}` is such a value and `$${name}` the text `${name}`; the script behind `-c` of
--- a shell is left as it is: there the shell reads the variable, and nothing is spliced into it.
local step_graph = require("engine.model.step_graph")

---@class engine.model.captures
local M = {}

---@class engine.model.Capture
---@field name string
---@field stream "stdout"|"stderr"
---@field from "stream"|"json"|"regex"
---@field path? string   json
---@field steps? engine.jsonpath.Path
---@field regex? string
---@field pos engine.model.Pos

local CAPTURES_MAX = 100 -- of a scenario: each is a variable of all steps behind it

local SHELLS = { sh = true, bash = true, dash = true, ash = true, ksh = true, zsh = true }

--- Finds the arguments that are texts for a shell.
---@param argv string[]
---@return table<integer, true>
local function scripts_of(argv)
  local scripts, in_shell = {}, false
  for i, text in ipairs(argv) do
    if SHELLS[text:match("[^/]*$")] then
      in_shell = true
    elseif in_shell and text:match("^%-%a*c%a*$") then
      scripts[i + 1], in_shell = true, false
    elseif text:sub(1, 1) ~= "-" then
      in_shell = false
    end
  end
  return scripts
end

--- Finds what an argv asks for: `{ index, name }` of each `${name}`, and which arguments have any,
--- or an escaped one.
local function uses_of(argv)
  local uses, marked
  local scripts
  for i, text in ipairs(argv) do
    if text:find("${", 1, true) then
      scripts = scripts or scripts_of(argv)
      for escape, name in text:gmatch("(%$?)%${([%a_][%w_]*)}") do
        if not scripts[i] then
          uses, marked = uses or {}, marked or {}
          marked[i] = true
          uses[#uses + 1] = escape == "" and { index = i, name = name } or nil
        end
      end
    end
  end
  return uses, marked
end

--- Lists what the steps of a scenario capture; a name that two of them capture is told.
local function index_captures(cx, list, steps)
  local owner, names = {}, {}
  for i, step in ipairs(steps) do
    local checked = list[i - #steps + #list]
    for _, capture in ipairs(step.capture or {}) do
      local other = owner[capture.name]
      if other then
        local map = checked.value.capture
        local first = list[other - #steps + #list].value.capture
        local related = { cx:related_key(first.t, capture.name, "first here") }
        cx:at_key("P105", map.t, capture.name,
          ("two steps capture %s"):format(cx:quote(capture.name)),
          "a later step could not tell which is meant", nil, related)
      else
        owner[capture.name], names[#names + 1] = i, capture.name
        if #names == CAPTURES_MAX + 1 then
          cx:at_key("P103", checked.value.capture.t, capture.name,
            ("more than %d captured values"):format(CAPTURES_MAX))
        end
      end
    end
  end
  return owner, names
end

--- Makes a graph edge say that the value of a step is needed.
local function require_pass(graph, index, owner)
  for _, edge in ipairs(graph.after[index]) do
    if edge.index == owner then
      edge.must_pass = true
      return
    end
  end
  table.insert(graph.after[index], { index = owner, must_pass = true })
end

local function tell_unknown(cx, use, names, t)
  local near = cx:suggest(use.name, names)
  local label = near and ("did you mean ${%s}?"):format(near) or nil
  local help = ("for the text itself write $${%s}"):format(use.name)
  if not near and names[1] then
    help = ("captured are: %s; %s"):format(table.concat(names, ", ", 1, math.min(#names, 10)), help)
  end
  cx:at_value("P113", t, use.index, ("no step captures ${%s}"):format(use.name), label, help)
end

--- Checks what one step uses; returns the steps whose values it needs.
local function check_uses(cx, uses, t, owner, names, behind, step, steps)
  local needed = {}
  for _, use in ipairs(uses or {}) do
    local from = owner[use.name]
    if not from then
      tell_unknown(cx, use, names, t)
    elseif from == step.index then
      cx:at_value("P160", t, use.index, ("${%s} is captured by this very step"):format(use.name))
    elseif not behind[use.name][step.index] then
      cx:at_value("P160", t, use.index, ("${%s} may not be there yet: nothing says that step %s "
        .. "comes before"):format(use.name, cx:quote(steps[from].name)), nil,
        ("add depends_on = [%s]"):format(cx:quote(steps[from].name)))
    else
      needed[#needed + 1] = from
    end
  end
  return needed
end

--- Says of each step which values it is given, and checks those that it asks for.
---@param cx engine.model.Context
---@param list engine.model.Checked[] the steps of the file
---@param steps engine.model.Step[] made of them, maybe behind one that `run` is short for
---@param graph? engine.model.Graph
---@param run? engine.model.Checked of the scenario whose `run` is the first step
---@return engine.model.Graph? # made, where a value may be missing
function M.assign(cx, list, steps, graph, run)
  local owner, names = index_captures(cx, list, steps)
  if cx.counts.error > 0 then
    return graph -- it may have circles, and captures that could not be read
  end
  local behind, list_behind = {}, step_graph.behind(graph, #steps)
  for _, name in ipairs(names) do
    behind[name] = list_behind(owner[name])
  end
  for i, step in ipairs(steps) do
    local checked = list[i - #steps + #list]
    local uses, marked = uses_of(step.argv or {})
    local raw = checked and checked.raw[checked.spelt.command] or run and run.raw.run
    step.splices = marked
    local takes = {}
    for _, name in ipairs(names) do
      takes[#takes + 1] = behind[name][i] and name or nil
    end
    step.takes = (takes[1] or marked) and takes or nil
    for _, from in ipairs(check_uses(cx, uses, raw, owner, names, behind, step, steps)) do
      if steps[from].continue_on_failure or graph then
        graph = graph or step_graph.build(cx, list, steps)
        require_pass(graph, i, from)
      end
    end
  end
  return graph
end

return M
