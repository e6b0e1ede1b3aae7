--- clnrm init: a project with a first test that passes as it is.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Makes a project here: clnrm.toml and a first test that passes.",
  usage = "clnrm init [options] [DIR]",
  examples = {
    { "clnrm init", "here" },
    { "clnrm init demo --dry-run", "say what would be made in demo" },
    { "clnrm init --list", "what to start from besides: -t NAME" },
  },
  text = "A file that exists is kept; --force replaces it and keeps the old one as *.orig.\n",
  exits = { 0, 2, 6 },
}

local IGNORED = { ".clnrm/artifacts/", "*.snap.new" }

--- The files that are made, in their order.
---@param name string of the project
---@param template? string a kind of engine.templates; default the one that is called hello
---@return { path: string, text: string, about: string }[]
function M.files(name, template)
  local templates = require("engine.templates")
  template = template or "hello"
  local kind = assert(templates.get(template))
  local test = template == "default" and "hello" or template
  return {
    { path = "clnrm.toml", text = require("engine.templates.hello").project(name),
      about = "project settings" },
    { path = ("tests/%s.clnrm.%s"):format(test, kind.extension or "toml"),
      text = templates.write(kind, test), about = kind.about },
  }
end

local function join(dir, name)
  return dir == "." and name or dir:gsub("/+$", "") .. "/" .. name
end

local function tell(cx, what, path, about)
  cx.out:write(("  %-8s  %-26s %s\n"):format(what, cx:safe(path, cx.out), about))
end

--- Complains about a file that could not be made.
local function fail(cx, err)
  cx:error(err.message)
  return exit_codes.ENVIRONMENT
end

--- Writes one file, or says what would be done.
---@return integer? exit_code when it failed
local function write_file(cx, path, text, about)
  if require("core.fs").lstat(path) and not cx.opts.force then
    tell(cx, "kept", path, "it exists; --force replaces it")
    return nil
  end
  local kept, err = require("engine.cli.new_file").replace(path, text, cx.opts["dry-run"])
  if err then
    return fail(cx, err)
  elseif kept then
    about = "the old one is " .. kept:match("[^/]*$")
  end
  tell(cx, kept and "replaced" or "created", path, about)
end

--- Makes git leave out what clnrm writes.
local function add_ignore(cx, dir)
  local fs = require("core.fs")
  local path = join(dir, ".gitignore")
  local old = fs.read(path)
  local missing = {}
  for _, line in ipairs(IGNORED) do
    if not ("\n" .. (old or "") .. "\n"):find("\n" .. line .. "\n", 1, true) then
      missing[#missing + 1] = line
    end
  end
  if #missing == 0 then
    return nil
  end
  if not cx.opts["dry-run"] then
    local head = old or ""
    if head ~= "" and head:sub(-1) ~= "\n" then
      head = head .. "\n"
    end
    local ok, err = fs.write_atomic(path, head .. table.concat(missing, "\n") .. "\n")
    if not ok then
      return fail(cx, err)
    end
  end
  tell(cx, old and "updated" or "created", path, "+ " .. table.concat(missing, " "))
end

local function tell_next(cx, dir)
  local usage = require("engine.cli.usage")
  local rows = {
    { "clnrm run", "run the test" },
    { "clnrm list", "what would run" },
    { "clnrm help", "commands and topics" },
  }
  if dir ~= "." then
    table.insert(rows, 1, { "cd " .. cx:safe(dir, cx.out), "" })
  end
  cx.out:write("\nNext:\n" .. usage.columns(rows, cx.out.width))
end

function M.run(cx)
  local refused = cx:check_args(1)
  if refused then
    return refused
  end
  if cx.opts.list then
    return require("engine.cli.template").list(cx)
  end
  local fs = require("core.fs")
  local dir = cx.args[1] or "."
  local full = dir:match("^/") and dir or assert(fs.getcwd()) .. "/" .. dir
  local name = full:gsub("/%.?$", ""):match("[^/]*$")
  if cx.opts["dry-run"] then
    cx.out:write("Nothing is written (--dry-run):\n")
  end
  for _, file in ipairs(M.files(name, cx.opts.template)) do
    local failed = write_file(cx, join(dir, file.path), file.text, file.about)
    if failed then
      return failed
    end
  end
  local failed = add_ignore(cx, dir)
  if failed then
    return failed
  end
  tell_next(cx, dir)
  return exit_codes.OK
end

return M
