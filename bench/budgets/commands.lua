--- Budgets of commands, as whole processes.
local compare = require("compare")
local texts = require("budgets.texts")

local clnrm = assert(os.getenv("CLNRM"))
local RUNS = 20

--- Makes a folder of 100 files.
local function folder(name, ending, text_of)
  local dir = compare.directory("budgets-" .. name)
  compare.write(dir .. "/clnrm.toml", "")
  for i = 1, 100 do
    compare.write(("%s/t%03d%s"):format(dir, i, ending), text_of(i))
  end
  return dir
end

--- A file of spans: a root and its children.
local function spans(count, other)
  local list = {}
  for i = 1, count do
    list[i] = ('{"traceId":"%032x","spanId":"%016x","parentSpanId":"%s","name":"op %d","kind":1,'
      .. '"startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":[{"key":"n","value":'
      .. '{"intValue":"%d"}}]}'):format(other and 2 or 1, i, i > 1 and ("%016x"):format(1) or "",
      i % 17, 1544712660000000000 + i * 1000, 1544712660000000000 + i * 1000 + 500,
      other and i % 100 == 0 and -i or i)
  end
  return '{"resourceSpans":[{"scopeSpans":[{"spans":[' .. table.concat(list, ",") .. "]}]}]}\n"
end

---@param sheet bench.budgets.Sheet
return function(sheet)
  local templated = folder("templated", ".clnrm.toml.tera", texts.template)
  local plain = folder("plain", ".clnrm.toml", function(number)
    return texts.plain(5, number)
  end)
  local other = compare.directory("budgets-other")
  local cache = ("env XDG_CACHE_HOME=$PWD/%s/cache "):format(templated)
  compare.write(templated .. "/a.json", spans(100, false))
  compare.write(templated .. "/b.json", spans(100, true))
  compare.write(other .. "/map.clnrm.toml.tera", texts.template(1) .. "# {{ who }}\n")
  local function add(name, words, published)
    local measure = compare.command(RUNS, cache .. words)
    measure() -- page cache, and what it keeps on disk
    sheet:time(name, (measure()), published)
  end
  add("command_performance/dry_run_validation, 100 templated files",
    ("%s dry-run -q %s"):format(clnrm, templated), 1000)
  add("command_performance/fmt_check, 100 files",
    ("%s fmt --check -q %s"):format(clnrm, plain), 500)
  add("command_performance/lint_validation, 100 files known",
    ("%s lint -q %s"):format(clnrm, plain), 1000)
  add("command_performance/lint_validation, 100 files unknown",
    ("%s lint -q --no-cache %s"):format(clnrm, plain), 1000)
  add("diff, two files of 100 spans",
    ("sh -c '%s diff %s/a.json %s/b.json >/dev/null || test $? = 1'"):format(clnrm, templated,
      templated), 2000)
  add("render --map",
    ("sh -c '%s render --map who=me %s/map.clnrm.toml.tera >/dev/null'"):format(clnrm, other), 500)
end
