--- What one side of a comparison is: a run, a snapshot, spans, a file of TOML or another text.
---
--- A word that can name a run names one, when there is such a run; everything else is a file, and
--- what a file is, is seen in it, not in its name.
---@class engine.diff.input
local form = require("engine.snapshot.form")
local fs = require("core.fs")
local json = require("core.json")
local node = require("engine.diff.node")
local of_file = require("engine.diff.of_file")
local reader = require("engine.runs.reader")
local runs = require("engine.diff.runs")
local suggest = require("engine.suggest")
local toml = require("core.toml")

local M = {}

M.BYTES_MAX = 64 << 20

local HEAD = 4096

---@class engine.diff.Input
---@field kind "run"|"snapshot"|"spans"|"toml"|"text"|"empty"
---@field shown string       as the command line has it, or the run's id
---@field root engine.diff.Node of spans that core.spans has read, and of TOML, when they are sealed
---@field value? table       of TOML, until then
---@field same? integer      of A: nodes that are not in the trees, since B has the same
---@field known engine.diff.Known
---@field found? core.spans.Spans
---@field count? integer     scenarios of a run, spans of a file
---@field notes string[]
---@field info? engine.runs.Info of a run of the store
---@field text? string       of a file, for a comparison as text
---@field why_no_toml? string

---@class engine.diff.Problem
---@field message? string    nil: it was complained of already
---@field help? string
---@field code? integer      exit code; default 2

local function problem(message, help)
  return nil, { message = message, help = help }
end

local KINDS = {
  run = "a run", snapshot = "a snapshot", spans = "a file of spans", toml = "a file of TOML",
  text = "a text", empty = "an empty file",
}

--- Says what kind an input is: "a run".
---@param input engine.diff.Input
---@return string
---@nodiscard
function M.kind_name(input)
  return KINDS[input.kind]
end

local function can_name_a_run(word)
  return word == "latest" or word:find("^latest~%d+$") ~= nil or word:find("^%x+$") ~= nil
end

local function snapshot_of(bytes, shown)
  local snapshot, why = form.parse(bytes)
  if not snapshot then
    return problem(("%s: %s"):format(shown, why))
  end
  return { kind = "snapshot", root = of_file.snapshot(snapshot) }
end

--- Looks at the first line of JSON.
local function kind_of_json(first)
  if type(first.schema) == "string" and first.schema:find("^clnrm%.run/") then
    return "record"
  elseif type(first.event) == "string" then
    return "events"
  elseif type(first.schema) == "string" and first.schema:find("^clnrm%.") then
    return "document"
  elseif require("engine.trace.otlp").is_spans(first) then
    return "spans"
  elseif first.resourceLogs or first.resource_logs then
    return "logs"
  elseif first.resourceMetrics or first.resource_metrics then
    return "metrics"
  end
end

--- Says what a text of JSON is; nil: nothing that is known here.  What looks like spans is not read
--- to find out: when it is none, reading it says where it breaks.
local function recognise_json(bytes)
  local start = bytes:match("^\239?\187?\191?%s*(){")
  if not start then
    return nil
  elseif bytes:sub(1, HEAD):find('^[%s\239\187\191]*{%s*"resource_?[sS]pans"') then
    return "spans"
  end
  local stop = bytes:find("\n", start, true)
  local first = json.decode(bytes:sub(start, stop and stop - 1))
    or json.decode((bytes:gsub("^\239\187\191", ""))) -- over several lines
  if type(first) == "table" then
    return kind_of_json(first), first
  end
  return bytes:sub(1, HEAD):find('"resource_?[sS]pans"') and "spans" or nil
end

--- Reads spans one by one, and says what is wrong with them.
local function slow_spans_of(bytes, shown)
  local read = require("engine.trace.read")
  local trace, err = read.text(bytes)
  if not trace then
    return problem(read.describe(err, shown), err.help)
  end
  return require("engine.diff.of_spans").read(trace, shown)
end

local function spans_of(bytes, shown)
  local span_tree = require("engine.diff.span_tree")
  local found = span_tree.read(bytes)
  if found then
    return span_tree.input(found, bytes, shown)
  end
  return slow_spans_of(bytes, shown)
end

local function file_of(bytes)
  local value, problems = toml.decode(bytes)
  if value then
    return { kind = "toml", value = value, text = bytes }
  end
  local first = problems[1]
  return {
    kind = "text",
    root = of_file.text(bytes),
    text = bytes,
    why_no_toml = first and ("line %d: %s"):format(first.line, first.message)
      or tostring(problems.message),
  }
end

local NOT_COMPARED = {
  logs = "a file of logs (resourceLogs): of OTLP only spans are compared",
  metrics = "a file of metrics (resourceMetrics): of OTLP only spans are compared",
}

--- Recognises what the bytes of a file are.
---@param bytes string
---@param shown string the file
---@return engine.diff.Input?
---@return engine.diff.Problem?
function M.recognise(bytes, shown)
  if not bytes:find("%S") then
    return { kind = "empty", root = of_file.text(bytes), text = bytes }
  elseif bytes:find("^clnrm snapshot ") then
    return snapshot_of(bytes, shown)
  end
  local kind, first = recognise_json(bytes)
  if kind == "record" and first.schema ~= reader.SCHEMA then
    return problem(("%s is the record of another clnrm: %s, and this one reads %s"):format(shown,
      first.schema, reader.SCHEMA))
  elseif kind == "record" or kind == "events" then
    return runs.of_text(bytes, shown, kind == "record" and first or nil)
  elseif kind == "document" then
    return problem(("%s is %s: that is not compared"):format(shown, first.schema),
      "`clnrm runs export RUN -o FILE` writes a run that can be compared")
  elseif kind == "spans" then
    return spans_of(bytes, shown)
  elseif kind then
    return problem(("%s is %s"):format(shown, NOT_COMPARED[kind]))
  end
  return file_of(bytes)
end

local function finish(input, shown)
  if input then
    input.shown = input.shown or shown
    input.known = input.known or {}
    input.notes = input.notes or {}
  end
  return input
end

local function no_file(word, err)
  if err.code == "EISDIR" then
    return problem(("%s is a folder: files are compared, and runs"):format(word))
  elseif err.code ~= "ENOENT" then
    return problem(err.message, err.code == "ENOTFILE" and "- reads standard input" or nil)
  elseif word:find("^baseline") then
    return problem(("there is no file '%s', and baselines are not in this build"):format(word),
      "a run is named by the beginning of its id, or latest, latest~1")
  end
  local near = suggest.nearest(word:match("^[^~]*"), { "latest" })
  return problem(("there is no file and no run '%s'"):format(word),
    near and ("did you mean '%s'?"):format(near .. (word:match("~.*$") or ""))
      or "`clnrm runs` lists the runs")
end

--- Reads one side of a comparison.
---@param word string
---@param o { run: (fun(wanted: string): engine.runs.Info?, string?, integer?),
---       stdin: fun(): string }
---@return engine.diff.Input?
---@return engine.diff.Problem?
function M.read(word, o)
  local why, code
  if can_name_a_run(word) then
    local info
    info, why, code = o.run(word)
    if info then
      local input, wrong = runs.of_record(info)
      return finish(input, info.id), wrong
    elseif code then
      return nil, { code = code }
    end
  end
  local bytes, err, shown
  if word == "-" then
    bytes, shown = o.stdin(), "standard input"
    if #bytes > M.BYTES_MAX then
      return problem(("standard input has more than %d MiB"):format(M.BYTES_MAX >> 20))
    end
  else
    bytes, err = fs.read(word, { max = M.BYTES_MAX })
    shown = word
  end
  if not bytes and why and err.code == "ENOENT" then
    return problem(why, "and no file of this name; `clnrm runs` lists the runs")
  elseif not bytes then
    return no_file(word, err)
  end
  local input, wrong = M.recognise(bytes, shown)
  return finish(input, shown), wrong
end

--- Makes two inputs ones that can be compared.
---@param a engine.diff.Input
---@param b engine.diff.Input
---@return "run"|"snapshot"|"spans"|"toml"|"text"|nil kind nil: they cannot
---@return string? note
function M.common(a, b)
  local is_file = { toml = true, text = true, empty = true }
  if a.kind == b.kind and a.kind ~= "empty" then
    return a.kind
  elseif not (is_file[a.kind] and is_file[b.kind]) then
    return nil
  elseif a.kind ~= "text" and b.kind ~= "text" and a.kind ~= b.kind then
    a.value, b.value, a.root, b.root = a.value or {}, b.value or {}, nil, nil
    return "toml"
  end
  local odd = a.kind == "text" and b.kind ~= "text" and a or b.kind == "text" and b
  a.root, b.root, a.value, b.value = of_file.text(a.text), of_file.text(b.text), nil, nil
  return "text", odd and a.kind ~= b.kind
    and ("%s is no TOML (%s): both are compared as texts"):format(odd.shown, odd.why_no_toml) or nil
end

--- Reads spans anew, one by one: their fields are to be looked through, or those of the other side
--- could not be read in another way.
local function read_slowly(input)
  local slow = assert(slow_spans_of(input.text, input.shown or ""))
  input.root, input.known, input.found = slow.root, slow.known, nil
end

--- Makes the trees of two values of TOML.
---@param is_whole boolean else what both have at one place is counted alone
local function make_trees(a, b, is_whole)
  local parts = not is_whole and require("engine.diff.same").find(a.value, b.value) or nil
  a.same = parts and parts.count
  a.root, b.root = of_file.toml(a.value, parts), of_file.toml(b.value, parts)
  a.value, b.value = nil, nil
end

--- Makes both trees fit for comparing.
---@param a engine.diff.Input
---@param b engine.diff.Input
---@param is_exact boolean ids, times and ports count
---@param ignored? engine.diff.Ignored[]
---@param is_whole? boolean what is the same is in the trees, too
---@return string[] names of the fields that were left out
---@return string[] needless what is told of --ignore
function M.seal(a, b, is_exact, ignored, is_whole)
  local normal, ignore = require("engine.diff.normal"), require("engine.diff.ignore")
  local names, list = {}, {}
  local is_quick = a.found and b.found and not (ignored and ignored[1])
  if a.value then
    make_trees(a, b, is_whole or ignored ~= nil and ignored[1] ~= nil)
  end
  for _, input in ipairs({ a, b }) do
    local is_told = input.kind == "run" or input.kind == "spans"
    if input.found and not is_quick then
      read_slowly(input)
    end
    local replace = is_told and not is_exact and normal.new(input.known) or nil
    if is_quick then
      input.root = require("engine.diff.span_tree").root(input, replace)
    else
      ignore.apply(input.root, ignored or {}, names)
      node.seal(input.root, replace)
    end
  end
  for name, is_left_out in pairs(names) do
    list[#list + 1] = is_left_out and name or nil
  end
  table.sort(list)
  return list, ignore.needless(ignored or {}, names)
end

return M
