--- Goes through generated hostile texts: clnrm lua tests/tools/hostile_run.lua KIND FROM COUNT
---
--- KIND is `templates` (rendered), `large` (those with large values), `filters` (each of them on a
--- large text, by its number), `documents` (TOML, damaged; read and formatted), `texts` (of these,
--- and documents with pieces of tags, linted), `linted` (test files, mixed and damaged), `fixed`
--- (the same, fixed, and that fixed again), or `commands` (test files that are large in some way,
--- through all commands that read such: processes of their own, whose time and memory count).
---
--- Prints "ENDED_WELL SLOWEST_MS SLOWEST_SEED HIGHEST_KB HIGHEST_SEED", and behind it the seeds of
--- those that went over OVER_KB.  The time is that of the processor, the memory the most that the
--- whole process had while one text was worked on, with what earlier ones left: one alone tells.
local clock = require("core.clock")
local proc = require("core.proc")
local root = os.getenv("CLNRM_ROOT") or "."
local documents = dofile(root .. "/tests/tools/toml_documents.lua")

local kind, from, count = arg[1], math.tointeger(arg[2]), math.tointeger(arg[3])

local GARBAGE_KB = 8192
local OVER_KB = 60 * 1024

local works = {}

function works.templates()
  local programs = dofile(root .. "/tests/tools/template_programs.lua")
  local support = dofile(root .. "/tests/lua/template/support.lua")
  return function(seed)
    local env = support.environment(programs.make(seed))
    local values = programs.values()
    return function()
      local text, problem = env:render("t", values, seed % 2 == 0 and "map" or "main")
      assert(text or problem.line > 0, "neither a text nor a problem")
      return text ~= nil
    end
  end
end

--- Renders a template; tells whether it ended as a text.
local function rendering(templates, values, unit)
  local support = dofile(root .. "/tests/lua/template/support.lua")
  local env = support.environment(templates)
  return function()
    local text, problem = env:render("t", values, unit)
    assert(text or problem.line > 0, "neither a text nor a problem")
    assert(text or #problem.message < 5000, "a problem that nobody reads")
    return text ~= nil
  end
end

function works.large()
  local large = dofile(root .. "/tests/tools/large_templates.lua")
  return function(seed)
    local templates, values = large.make(seed)
    return rendering(templates, values, seed % 2 == 0 and "map" or "main")
  end
end

function works.filters()
  local large = dofile(root .. "/tests/tools/large_templates.lua")
  local each = {}
  for name, templates, values in large.filters() do
    each[#each + 1] = { name, templates, values }
  end
  return function(number)
    local one = each[number]
    return one and rendering(one[2], one[3], "map")
  end
end

local COMMANDS = { "render -", "validate -", "lint -", "lint --fix --unsafe-fixes F", "fmt F",
  "dry-run F", "graph F", "list F", "migrate F", "diff F G" }

--- Runs a command on a file of its own; tells its code, time and memory.
local function command(line, dir, text)
  local fs = require("core.fs")
  for _, name in ipairs({ "F", "G" }) do
    assert(fs.write_atomic(("%s/%s.clnrm.toml"):format(dir, name), text))
  end
  local argv = { os.getenv("CLNRM") }
  for word in line:gmatch("%S+") do
    argv[#argv + 1] = word:find("^[FG]$") and word .. ".clnrm.toml" or word
  end
  argv[#argv + 1] = line:find("^%l+ %-$") and "--no-cache" or nil
  local process <close> = assert(proc.spawn({ argv = argv, cwd = dir, stdin = text }))
  local result = assert(process:wait())
  local code = result.kind == "exited" and result.code or -result.signal
  assert(code >= 0 and code <= 2 or code == 4, ("%s: %d: %s"):format(line, code,
    (process:stderr(2000))))
  return code, result.rusage.user_ms + result.rusage.system_ms, result.rusage.max_rss_kb
end

function works.commands()
  local files, fs = dofile(root .. "/tests/tools/command_files.lua"), require("core.fs")
  return function(seed)
    local text = files.make(seed)
    return function()
      local dir, well, slowest, highest = assert(fs.tempdir()), 0, 0, 0
      for _, line in ipairs(COMMANDS) do
        local code, ms, kb = command(line, dir, text)
        well = well + (code == 0 and 1 or 0)
        slowest, highest = math.max(slowest, ms), math.max(highest, kb)
      end
      assert(fs.remove_tree(dir))
      return well > #COMMANDS // 2, slowest, highest
    end
  end
end

--- Makes a document that is damaged at some places.
local function damaged(seed)
  local text = documents.make(seed)
  local below = documents.new_random(seed)
  for _ = 1, below(4) - 1 do
    local at = below(#text + 1)
    local what = below(4)
    if what == 1 then -- a byte is another
      text = text:sub(1, at - 1) .. string.char(below(256) - 1) .. text:sub(at + 1)
    elseif what == 2 then -- a piece is gone
      text = text:sub(1, at - 1) .. text:sub(at + below(40))
    elseif what == 3 then -- a piece is there again and again
      local piece = text:sub(at, at + below(30))
      text = text:sub(1, at - 1) .. piece:rep(below(200)) .. text:sub(at)
    else -- it ends
      text = text:sub(1, at)
    end
  end
  return text
end

function works.documents()
  local fmt = require("engine.fmt")
  local toml = require("core.toml")
  return function(seed)
    local text = damaged(seed)
    return function()
      local value, problems = toml.decode(text, { positions = true })
      assert(value or problems[1].line > 0, "neither a value nor a problem")
      local result = fmt.format(text, "x.clnrm.toml", { verify = true })
      assert(not result.bug, result.bug and result.bug.message)
      return value ~= nil
    end
  end
end

--- Makes what lints a text.
local function new_linter()
  local linter = assert(require("engine.lint").new({ select = { "ALL" } }))
  return function(text, lang)
    local file = "a.clnrm." .. (lang or "toml")
    return linter:text(text, "/nowhere/" .. file, { file = file, project_dir = "/nowhere" })
  end
end

function works.texts()
  local programs = dofile(root .. "/tests/tools/template_programs.lua")
  local templates = dofile(root .. "/tests/tools/hostile_templates.lua")
  local lint = new_linter()
  return function(seed)
    local text = seed % 3 == 0 and programs.make(seed).t or seed % 3 == 1 and templates.make(seed)
      or damaged(seed)
    return function()
      return lint(text).is_read -- the rules saw it
    end
  end
end

function works.linted()
  local hostile, lint = dofile(root .. "/tests/tools/hostile_tests.lua"), new_linter()
  return function(seed)
    local text, lang = hostile.make(seed)
    return function()
      return lint(text, lang).is_read
    end
  end
end

function works.fixed()
  local hostile, lint = dofile(root .. "/tests/tools/hostile_tests.lua"), new_linter()
  local fix = require("engine.lint.fix")
  return function(seed)
    local text, lang = hostile.make(seed)
    local opts = { unsafe = true, lint = function(one)
      return lint(one, lang)
    end }
    return function()
      local before = lint(text, lang)
      local once, _, endless = fix.run(before, opts)
      assert(not endless, "fixes come to no end")
      assert(before.is_broken or not once.is_broken, "the fixes break the file")
      assert(fix.run(lint(once.text, lang), opts).text == once.text, "fixing twice is not as once")
      return before.is_read
    end
  end
end

--- Begins to count the most memory anew.
local function forget_peak()
  local file = assert(io.open("/proc/self/clear_refs", "w"))
  assert(file:write("5"))
  file:close()
end

local function peak_kb()
  local file = assert(io.open("/proc/self/status"))
  local kb = file:read("a"):match("VmHWM:%s*(%d+)")
  file:close()
  return math.tointeger(kb)
end

local make = works[kind]()
local well, slowest, highest, slowest_seed, highest_seed = 0, 0, 0, 0, 0
local over = {}
for seed = from, from + count - 1 do
  local work = make(seed)
  if not work then
    break -- there are no more
  end
  if collectgarbage("count") > GARBAGE_KB or kind == "large" or kind == "filters" then
    proc.trim()
  end
  forget_peak()
  local before = clock.cpu()
  local ok, is_well, ms, kb = pcall(work)
  if not ok then
    error(("%s %d: %s"):format(kind, seed, tostring(is_well)), 0)
  end
  ms, kb = ms or (clock.cpu() - before) / 1e6, kb or peak_kb()
  well = well + (is_well and 1 or 0)
  if ms > slowest then
    slowest, slowest_seed = ms, seed
  end
  if kb > highest then
    highest, highest_seed = kb, seed
  end
  if kb > OVER_KB then
    over[#over + 1] = seed
  end
end
print(well, ("%.0f"):format(slowest), slowest_seed, highest, highest_seed,
  table.concat(over, " "))
