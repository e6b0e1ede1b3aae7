--- clnrm validate: reads test files, runs nothing.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Checks test files without running anything.",
  usage = "clnrm validate [PATH ...|-]",
  examples = {
    { "clnrm validate", "every test file below the working directory" },
    { "clnrm validate tests/db.clnrm.toml", "one" },
  },
  formats = { "json" },
  exits = { 0, 2, 4 },
}

--- The files of Lua tests: they were compiled, and nobody knows yet which tests they define.
local function lua_files(loaded)
  local list = require("core.json").array()
  for _, suite in ipairs(loaded.suites) do
    if suite.file:find("%.lua$") then
      list[#list + 1] = suite.file
    end
  end
  return list
end

local function as_json(cx, loaded)
  local json, diag = require("core.json"), require("engine.diag")
  local out = { schema = "clnrm.validate/1", files = loaded.files, diagnostics = json.array() }
  local function add(list)
    for _, d in ipairs(list) do
      out.diagnostics[#out.diagnostics + 1] = diag.json(d)
    end
  end
  for _, broken in ipairs(loaded.broken) do
    add(broken.diagnostics)
  end
  add(loaded.warnings)
  out.valid = #loaded.broken == 0
  out.compiled_only = lua_files(loaded)
  cx.out:write(assert(json.encode(out, { invalid = "replace" })) .. "\n")
end

local function for_people(cx, loaded)
  local words = require("engine.report.words")
  local errors = 0
  for _, broken in ipairs(loaded.broken) do
    for _, d in ipairs(broken.diagnostics) do
      errors = errors + (d.more or 1)
    end
    cx:show_diagnostics(broken.diagnostics, loaded.sources)
  end
  if #loaded.warnings > 0 and not cx.opts.quiet then
    cx:show_diagnostics(loaded.warnings, loaded.sources)
  end
  local scenarios, lua = 0, #lua_files(loaded)
  for _, suite in ipairs(loaded.suites) do
    scenarios = scenarios + #suite.scenarios
  end
  scenarios = scenarios - lua -- each stands for the tests of a file
  if errors > 0 then
    cx.out:write(("%s in %d of %s\n"):format(words.count(errors, "error"), #loaded.broken,
      words.count(loaded.files, "file")))
  elseif not cx.opts.quiet then
    local toml = loaded.files - lua
    if toml > 0 then
      cx.out:write(("%s, %s: valid\n"):format(words.count(toml, "file"),
        words.count(scenarios, "scenario")))
    end
    if lua > 0 then
      cx.out:write(("%s: compiled only; the tests in a file are known when it runs\n"):format(
        words.count(lua, "Lua file")))
    end
  end
end

function M.run(cx)
  local suites = require("engine.cli.suites")
  local loaded, code = suites.load(cx, { strict = true, stdin = true, by_outline = true })
  if not loaded then
    return code
  end
  suites.check_resources(cx, loaded)
  if cx.format == "json" then
    as_json(cx, loaded)
  elseif loaded.missing then
    cx:show_diagnostics(loaded.missing)
  else
    for_people(cx, loaded)
  end
  if #loaded.broken > 0 then
    return exit_codes.INPUT
  end
  return loaded.missing and exit_codes.NOTHING or exit_codes.OK
end

return M
