--- clnrm init: a project with a first test that passes as it is.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Makes a project here: clnrm.toml and a first test that passes.",
  usage = "clnrm init [options] [DIR]",
  examples = {
    { "clnrm init", "here" },
    { "clnrm init demo --dry-run", "say what would be made in demo" },
  },
  text = "A file that exists is kept; --force replaces it and keeps the old one as *.orig.\n",
  exits = { 0, 2, 6 },
}

local TEST = "tests/hello.clnrm.toml"
local IGNORED = { ".clnrm/artifacts/", "*.snap.new" }

--- The files of the template, in the order in which they are made.
---@param name string of the project
---@return { path: string, text: string, about: string }[]
function M.files(name)
  local templates = require("engine.templates.hello")
  return {
    { path = "clnrm.toml", text = templates.project(name), about = "project settings" },
    { path = TEST, text = templates.test(), about = "a first test: commands and what they print" },
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

--- Finds a name for the old file: what an earlier --force has kept stays too.
local function free_name(path)
  local fs = require("core.fs")
  local name, n = path .. ".orig", 1
  while fs.lstat(name) do
    n = n + 1
    name = ("%s.orig%d"):format(path, n)
  end
  return name
end

--- Writes one file, or says what would be done.
---@return integer? exit_code when it failed
local function write_file(cx, path, text, about)
  local fs = require("core.fs")
  local old = fs.lstat(path)
  if old and not cx.opts.force then
    tell(cx, "kept", path, "it exists; --force replaces it")
    return nil
  end
  local dry = cx.opts["dry-run"]
  if old then
    local kept = free_name(path)
    if not dry then
      local ok, err = fs.rename(path, kept)
      if not ok then
        return fail(cx, err)
      end
    end
    about = "the old one is " .. kept:match("[^/]*$")
  end
  if not dry then
    local dir = path:match("^(.*)/")
    local ok, err = true, nil
    if dir and dir ~= "" then
      ok, err = fs.mkdir_p(dir)
    end
    if ok then
      ok, err = fs.write_atomic(path, text)
    end
    if not ok then
      return fail(cx, err)
    end
  end
  tell(cx, old and "replaced" or "created", path, about)
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
  local fs = require("core.fs")
  local dir = cx.args[1] or "."
  local full = dir:match("^/") and dir or assert(fs.getcwd()) .. "/" .. dir
  local name = full:gsub("/%.?$", ""):match("[^/]*$")
  if cx.opts["dry-run"] then
    cx.out:write("Nothing is written (--dry-run):\n")
  end
  for _, file in ipairs(M.files(name)) do
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
