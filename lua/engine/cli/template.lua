--- clnrm template: a test file to begin with.
local exit_codes = require("engine.cli.exit_codes")
local templates = require("engine.templates")

local M = {
  summary = "Writes a test file to begin with: one that passes as it is.",
  usage = "clnrm template [KIND [NAME]] [-o FILE]",
  examples = {
    { "clnrm template", "the kinds that there are" },
    { "clnrm template api", "one, on standard output" },
    { "clnrm template database orders -o tests/orders.clnrm.toml", "named orders, in a file" },
  },
  text = "NAME is the name of the test; without it, it is that of the file of -o, or of the kind.\n"
    .. "A file that exists is not replaced, but with --force, which keeps the old one as *.orig.\n",
  formats = { "json" },
  exits = { 0, 2, 6 },
}

--- Lists the kinds.
---@param cx engine.cli.Context
---@return integer exit_code
function M.list(cx)
  local json = require("core.json")
  local rows, kinds = {}, json.array()
  for _, name in ipairs(templates.KINDS) do
    local kind = templates.get(name)
    local needs = kind.needs and ("; needs %s here"):format(kind.needs) or ""
    rows[#rows + 1] = { name, kind.about .. needs }
    kinds[#kinds + 1] = { name = name, about = kind.about, needs = kind.needs, available = true }
  end
  for _, name in ipairs(templates.names()) do
    local later = templates.LATER[name]
    if later then
      rows[#rows + 1] = { name, ("%s; not in this build"):format(later.about) }
      kinds[#kinds + 1] = { name = name, about = later.about, available = false,
        lacks = later.lacks }
    end
  end
  if cx.format == "json" then
    cx.out:write(json.encode({ schema = "clnrm.templates/1", kinds = kinds }) .. "\n")
  else
    cx.out:write(require("engine.cli.usage").columns(rows, cx.out.width))
  end
  return exit_codes.OK
end

--- Refuses a kind that is none, or not one yet.
local function refuse(cx, name)
  local later = templates.LATER[name]
  if later then
    cx:error(("the kind '%s' is not in this build: %s"):format(name, later.lacks),
      "a file of it would not run, so none is written", "`clnrm template` lists the others")
    return exit_codes.INPUT
  end
  local near = require("engine.suggest").nearest(name, templates.names())
  return cx:usage_error(("there is no kind '%s'"):format(name),
    near and ("did you mean '%s'?"):format(near) or "`clnrm template` lists them")
end

--- The name of a test in a file of this name.
local function stem(file)
  local name = file:match("[^/]*$"):gsub("%.clnrm%.%w+$", ""):gsub("%.%w+$", "")
  return name ~= "" and not templates.bad_name(name) and name or nil
end

--- Refuses the settings of a project, by their name or as --config has it: a test is none.
local function refuse_settings(cx, file)
  local fs, project, config = require("core.fs"), require("engine.project"), cx.opts.config
  local name = file:match("[^/]*$")
  local is_same = require("engine.report.file").is_same
  if name == project.FILE or name == project.ALIAS
    or config and config ~= "none" and is_same(fs.stat(file), fs.stat(config)) then
    cx:error(("-o %s: these are the settings of a project, and no test"):format(file),
      "name it " .. (file:match("^(.*/)") or "") .. "NAME.clnrm.toml")
    return exit_codes.INPUT
  end
end

--- Writes the file of -o.
local function write(cx, file, kind, text)
  local refused = refuse_settings(cx, file)
  if refused then
    return refused
  end
  local extension = kind.extension or "toml"
  if not file:find("%." .. extension .. "$") then
    return cx:usage_error(("%s: a test of this kind is a file of %s"):format(file,
      extension == "lua" and "Lua" or "TOML"), ("name it %s.clnrm.%s"):format(stem(file) or "test",
      extension))
  elseif require("core.fs").lstat(file) and not cx.opts.force then
    cx:error(("%s exists"):format(file), "--force replaces it, and keeps the old one as *.orig")
    return exit_codes.INPUT
  end
  local kept, err = require("engine.cli.new_file").replace(file, text)
  if err then
    cx:error(err.message)
    return exit_codes.ENVIRONMENT
  elseif not cx.opts.quiet then
    cx.out:write(("%s %s%s\n"):format(kept and "replaced" or "created", cx:safe(file, cx.out),
      kept and (": the old one is " .. cx:safe(kept, cx.out)) or ""))
    if not require("engine.discover").is_test_name(file:match("[^/]*$")) then
      cx.out:write(("`clnrm run` finds *.clnrm.%s; this one runs when it is named\n"):format(
        extension))
    end
  end
  return exit_codes.OK
end

function M.run(cx)
  local refused = cx:check_args(2)
  if refused then
    return refused
  elseif cx.opts.list and cx.args[1] then
    return cx:usage_error("--list lists all kinds, and one is named")
  elseif cx.opts.list or not cx.args[1] then
    if cx.opts.output then
      return cx:usage_error("template needs a kind", "`clnrm template` lists them")
    end
    return M.list(cx)
  elseif cx.format == "json" then
    return cx:usage_error("--format json is for the list of kinds")
  end
  local name, file = cx.args[1], cx.opts.output
  local kind = templates.get(name)
  if not kind then
    return refuse(cx, name)
  end
  file = file ~= "-" and file or nil
  local test = cx.args[2] or file and stem(file) or name == "default" and "hello" or name
  local why = templates.bad_name(test)
  if why then
    return cx:usage_error(("%s: '%s'"):format(why, test))
  end
  local text = templates.write(kind, test)
  if file then
    return write(cx, file, kind, text)
  elseif cx.opts.force then
    return cx:usage_error("--force is about the file of -o")
  end
  cx.out:write(text)
  return exit_codes.OK
end

return M
