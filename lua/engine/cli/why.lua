--- clnrm why: which tests a path touches and why, and what a test file hangs on.
---
--- No code of the project is executed: what Lua files require is read from their text.
local exit_codes = require("engine.cli.exit_codes")
local touch = require("engine.plan.touch")

local M = {
  summary = "Says which tests a file touches and why, and what a test file uses.",
  usage = "clnrm why FILE|TEST.clnrm.toml [PATH ...]",
  examples = {
    { "clnrm why shared/db.tera", "the tests that a save of it would run again" },
    { "clnrm why tests/db.clnrm.toml", "what the file uses: a save of which runs it again" },
  },
  text = [[
The first argument is what may change; it need not be there. The others say where tests are looked
for, by default below the working directory. The reasons are those of `clnrm run --watch` and of
`--since`. Exit code 1: it touches no test.]],
  formats = { "json" },
  exits = { 0, 1, 2, 4 },
}

local function real(path)
  local fs = require("core.fs")
  local full = fs.realpath(path)
  if full then
    return full
  end
  local folder, name = path:match("^(.*)/([^/]+)$")
  folder = fs.realpath(folder and (folder == "" and "/" or folder) or ".")
  return folder and (folder == "/" and "" or folder) .. "/" .. (name or path)
end

--- Permits all that --allow can: nothing is run, and a save touches a test whoever permits it.
local function allowed()
  local allow = {}
  for _, option in ipairs(require("engine.cli.options.run")) do
    for _, name in ipairs(option.long == "allow" and option.values or {}) do
      allow[name] = true
    end
  end
  return allow
end

--- Lists what a file uses, for people and for machines.
local function uses_of(suite)
  local list = {}
  for _, one in ipairs(touch.uses(suite)) do
    if one.kind ~= "snapshot" or require("core.fs").exists(one.path) then
      list[#list + 1] = { kind = one.kind, path = one.path, service = one.name }
    end
  end
  for _, name in ipairs(touch.variables(suite)) do
    list[#list + 1] = { kind = "env", name = name }
  end
  for _, name in ipairs(touch.images(suite)) do
    list[#list + 1] = { kind = "image", name = name }
  end
  list[#list + 1] = { kind = "project", path = suite.project_dir .. "/clnrm.toml" }
  if suite.is_script or suite.room.project ~= "none" then
    list[#list + 1] = { kind = "seen", path = suite.project_dir }
  end
  return list
end

--- Whether a developer loop takes a save of a path for one at all.
local function is_input(cx, suites, path)
  local known = require("engine.dev.inputs").new()
  for _, suite in ipairs(suites) do
    known:name_suite(suite)
    known:note_text(suite.text or "")
  end
  known:heed(nil, cx.project, cx.config.values)
  return known:is_input(path)
end

--- Takes each file once, with the first of its cells that has a reason.
local function touched(suites, path)
  local list, seen, count = {}, {}, 0
  for _, suite in ipairs(suites) do
    if not seen[suite.path] then
      count = count + (seen[suite.path] == nil and 1 or 0)
      seen[suite.path] = false
      local why = touch.why(suite, touch.heeded(suite, { [path] = true }))
      if why then
        seen[suite.path] = true
        list[#list + 1] = { file = suite.file, kind = why.kind, text = touch.say(why) }
      end
    end
  end
  return list, count
end

local function shown(path, cwd)
  local prefix = cwd == "/" and "/" or cwd .. "/"
  return path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or path
end

local function for_people(cx, about, list, count, used, is_none)
  local lines, words = {}, require("engine.report.words")
  local cwd = require("core.fs").getcwd() or "/"
  local function put(text, ...)
    lines[#lines + 1] = cx:safe(text:format(...), cx.out)
  end
  put("%s touches %d of %s%s", shown(about, cwd), #list, words.count(count, "test file"),
    #list > 0 and ":" or "")
  if is_none then
    put("  no save of it is one: by its name or folder it is nobody's input, and no test names it")
  end
  for _, one in ipairs(list) do
    put("  %s: %s", one.file, one.text)
  end
  if used then
    put("%s hangs on:", shown(about, cwd))
    for _, one in ipairs(used) do
      put("  %-9s %s%s", one.kind, one.path and shown(one.path, cwd) or one.name,
        one.service and (" (service %s)"):format(one.service) or "")
    end
  end
  cx.out:write(table.concat(lines, "\n") .. "\n")
end

---@param cx engine.cli.Context
---@return integer exit_code
function M.run(cx)
  local about = table.remove(cx.args, 1)
  if not about then
    return cx:usage_error("why wants a file: what may change")
  end
  local path = real(about)
  if not path then
    cx:error(("%s: there is no such folder"):format(about))
    return exit_codes.INPUT
  end
  local suites = require("engine.cli.suites")
  local loaded, code = suites.load(cx, { as_run = true, allow = allowed() })
  if not loaded then
    return code
  elseif loaded.missing then
    cx:show_diagnostics(loaded.missing)
    return exit_codes.NOTHING
  end
  for _, broken in ipairs(loaded.broken) do
    cx:show_diagnostics(broken.diagnostics, loaded.sources)
  end
  local own
  for _, suite in ipairs(loaded.suites) do
    if suite.is_script then
      suite.modules = require("engine.script.requires").of(suite.text, suite.path,
        suite.project_dir)
    end
    own = own or suite.path == path and suite
  end
  local list, count = touched(loaded.suites, path)
  local used = own and uses_of(own)
  local is_none = not is_input(cx, loaded.suites, path)
  list = is_none and {} or list
  if cx.format == "json" then
    local json = require("core.json")
    local function array(t)
      return table.move(t, 1, #t, 1, json.array())
    end
    cx.out:write(assert(json.encode({
      schema = "clnrm.why/1", path = path, touches = array(list), files = count,
      uses = used and array(used),
    }, { invalid = "replace" })) .. "\n")
  else
    for_people(cx, path, list, count, used, is_none)
  end
  if loaded.broken[1] then
    return exit_codes.INPUT -- nobody knows what these would use
  end
  return #list > 0 and exit_codes.OK or exit_codes.NO
end

return M
