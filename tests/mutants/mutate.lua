--- Makes mutants: one passing observation each, with one thing in it flipped.
local error_new = require("core.error").new
local passing = require("mutants.passing")

local M = {}

local function copy(value)
  if type(value) ~= "table" or getmetatable(value) then
    return value
  end
  local out = {}
  for k, v in pairs(value) do
    out[k] = copy(v)
  end
  return out
end

local NIL = {} -- stands for the removal of a field

local function change(list, case, what, edit)
  local observed = copy(case.observed)
  edit(observed)
  list[#list + 1] = { name = case.name .. ": " .. what, step = case.step, observed = observed }
end

local function set(list, case, field, values)
  for label, value in pairs(values) do
    change(list, case, ("%s is %s"):format(field, label), function(o)
      if value == NIL then
        o[field] = nil
      else
        o[field] = value
      end
    end)
  end
end

local function mutate_end(list, case)
  local codes = { missing = NIL, text = "0", ["-1"] = -1, ["256"] = 256, ["2"] = 2, fraction = 0.5 }
  if case.matcher == "fails" then
    codes["2"] = nil -- another failure is as good
    codes["0"] = 0
  end
  set(list, case, "exit_code", codes)
  set(list, case, "signal", { ["11 besides an exit code"] = 11, text = "SIGSEGV" })
  for _, signal in ipairs({ 1, 2, 9, 11, 13, 15 }) do
    change(list, case, "killed by signal " .. signal, function(o)
      o.exit_code, o.signal = nil, signal
    end)
  end
  set(list, case, "timed_out", { ["true"] = true, missing = NIL, text = "no", zero = 0 })
  set(list, case, "duration_ms",
    { missing = NIL, negative = -1, ["not a number"] = 0 / 0, infinite = math.huge, text = "5" })
  for _, code in ipairs({ "COMMAND_NOT_FOUND", "EACCES", "ENOENT", "EAGENT", "EPROTO", "ECANCELED",
    "ELIMIT", "EWHATEVER" }) do
    set(list, case, "error", { [code] = error_new({ code = code, message = code }) })
  end
end

local function mutate_stream(list, case, name)
  set(list, case, name, { missing = NIL, ["a text"] = "" })
  for label, edit in pairs({
    ["one byte too many"] = function(out)
      out.bytes = out.bytes + 1
    end,
    ["one byte too few"] = function(out)
      out.bytes = out.bytes - 1
    end,
    ["no count"] = function(out)
      out.bytes = nil
    end,
    ["a cut that is not accounted for"] = function(out)
      out.cut = 7
    end,
    ["a negative cut"] = function(out)
      out.cut, out.bytes = -1, out.bytes - 1
    end,
    ["no cut"] = function(out)
      out.cut = nil
    end,
    ["no text"] = function(out)
      out.text = nil
    end,
    ["a lost end"] = function(out)
      out.text = out.text:sub(1, -2)
    end,
    ["a cut without its place"] = function(out)
      out.cut, out.bytes = 5, out.bytes + 5
    end,
    ["a cut at a place that is not there"] = function(out)
      out.cut, out.bytes, out.seam = 5, out.bytes + 5, #out.text + 1
    end,
  }) do
    change(list, case, name .. " has " .. label, function(o)
      edit(o[name])
    end)
  end
end

--- Whether a check may hold although bytes in the middle are gone: a text that is in the head.
local SURVIVES_CUT = { contains = true, starts_with = true }

local function mutate_checked_text(list, case)
  local is_file = case.subject == "file"
  for i, text in ipairs(case.broken_texts) do
    change(list, case, ("broken text %d"):format(i), function(o)
      if is_file then
        o.files[case.path].content, o.files[case.path].size = text, #text
      else
        o[case.subject] = passing.output(text)
      end
    end)
  end
  if SURVIVES_CUT[case.matcher] then
    return
  end
  change(list, case, "cut in the middle", function(o)
    if is_file then
      o.files[case.path].size = o.files[case.path].size + 10
    else
      local out = o[case.subject]
      out.cut, out.bytes, out.seam = 10, out.bytes + 10, #out.text // 2
    end
  end)
end

local function mutate_file(list, case)
  local path = case.path
  local function seen(what, edit)
    change(list, case, "the file " .. what, function(o)
      o.files[path] = edit(o.files[path])
    end)
  end
  seen("was not looked at", function() end)
  seen("could not be looked at", function()
    return { error = error_new({ code = "EACCES", message = "no" }) }
  end)
  seen("is of no kind", function(f)
    f.kind = nil
    return f
  end)
  if case.matcher == "exists" then
    seen("is the other way round", function(f)
      return { kind = f.kind == "absent" and "file" or "absent" }
    end)
    return
  end
  seen("is absent", function()
    return { kind = "absent" }
  end)
  if case.matcher == "mode" then
    for _, mode in ipairs({ 0, 385, 420, 2432 }) do
      seen(("has mode %o"):format(mode), function(f)
        f.mode = mode
        return f
      end)
    end
    seen("has no mode", function(f)
      f.mode = nil
      return f
    end)
    return
  end
  seen("is a directory", function(f)
    f.kind = "directory"
    return f
  end)
  seen("was not read", function(f)
    f.content, f.sha256 = nil, nil
    return f
  end)
  if case.matcher == "sha256" then
    seen("has another hash", function(f)
      f.sha256 = "f" .. f.sha256:sub(2)
      return f
    end)
  end
end

--- Lists the mutants of what was observed of a step.
---@return { name: string, step: table, observed: table }[]
function M.observations()
  local list = {}
  for _, case in ipairs(passing.cases()) do
    mutate_end(list, case)
    mutate_stream(list, case, "stdout")
    mutate_stream(list, case, "stderr")
    if case.broken_texts then
      mutate_checked_text(list, case)
    end
    if case.subject == "file" then
      mutate_file(list, case)
    end
    if case.matcher == "lt" then
      set(list, case, "duration_ms", { ["at the limit"] = 100, ["above the limit"] = 5000 })
    elseif case.matcher == "gt" then
      set(list, case, "duration_ms", { ["at the limit"] = 5, ["below the limit"] = 0 })
    end
  end
  return list
end

--- Lists the mutants of results: checks that were left out, evaluated twice, or came to no answer.
---@return { name: string, step: table, observed: table, edit: fun(results: table[]) }[]
function M.results()
  local list = {}
  local edits = {
    ["none was evaluated"] = function(r)
      for i = #r, 1, -1 do
        r[i] = nil
      end
    end,
    ["the first is missing"] = function(r)
      table.remove(r, 1)
    end,
    ["the last is missing"] = function(r)
      r[#r] = nil
    end,
    ["the last was evaluated twice"] = function(r)
      r[#r + 1] = r[#r]
    end,
    ["the first stands for all"] = function(r)
      for i = 1, #r do
        r[i] = { check = { subject = "stdout" }, ok = true }
      end
    end,
  }
  for label, value in pairs({ ["no answer"] = NIL, no = false, ["1"] = 1, text = "true" }) do
    edits["the last says " .. label] = function(r)
      r[#r].ok = value
      if value == NIL then
        r[#r].ok = nil
      end
    end
  end
  for _, case in ipairs(passing.cases()) do
    for name, edit in pairs(edits) do
      list[#list + 1] = {
        name = case.name .. ": " .. name,
        step = case.step,
        observed = case.observed,
        edit = edit,
      }
    end
  end
  return list
end

--- Lists the mutants of what a step asks for.
---@return { name: string, step: table, observed: table }[]
function M.steps()
  local list = {}
  for _, case in ipairs(passing.cases()) do
    local function ask(what, edit)
      local step = copy(case.step)
      edit(step)
      list[#list + 1] = { name = case.name .. ": " .. what, step = step, observed = case.observed }
    end
    ask("no check at all", function(s)
      s.checks = {}
    end)
    ask("the exit code is not checked", function(s)
      table.remove(s.checks, 1)
    end)
    ask("an unknown matcher", function(s)
      s.checks[#s.checks].matcher = "is_fine"
    end)
    ask("an unknown subject", function(s)
      s.checks[#s.checks].subject = "stdin"
    end)
    ask("a matcher of another subject", function(s)
      local check = s.checks[#s.checks]
      check.matcher = check.subject == "exit_code" and "contains" or "fails"
    end)
    ask("an expectation of no kind", function(s)
      s.checks[#s.checks].expected = function() end
    end)
    ask("an empty list", function(s)
      if s.checks[#s.checks].matcher == "lines" then
        s.checks[#s.checks].expected = -1 -- no lines at all may be expected
      else
        s.checks[#s.checks].expected = {}
      end
    end)
  end
  return list
end

return M
