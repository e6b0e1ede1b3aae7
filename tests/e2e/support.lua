--- Drives the built program as a user would: a folder of its own, a clean environment, a shell.
local lfs = require("lfs")

local M = {}

M.clnrm = assert(os.getenv("CLNRM"))

local DEADLINE_S = 60

--- A test that passes.
M.HELLO = [==[
[meta]
name = "hello"
[[steps]]
name = "say it"
command = ["echo", "hello"]
expect.stdout.equals = "hello\n"
]==]

--- Quotes a word for the shell.
---@param word string
---@return string
function M.quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- Reads a file.
---@param path string
---@return string? # nil when it is not there
function M.read(path)
  local f = io.open(path, "rb")
  local bytes = f and f:read("a")
  if f then
    f:close()
  end
  return bytes
end

--- Writes a file and makes the folders above it.
---@param path string
---@param bytes string
function M.write(path, bytes)
  local dir = path:match("^(.*)/")
  if dir then
    assert(os.execute("mkdir -p " .. M.quote(dir)))
  end
  local f = assert(io.open(path, "wb"))
  f:write(bytes)
  f:close()
end

--- Makes an empty folder.
---@return string dir absolute
function M.tempdir()
  local dir = os.tmpname()
  os.remove(dir)
  assert(lfs.mkdir(dir))
  return dir
end

--- Removes a folder and all below it.
---@param dir string
function M.remove(dir)
  assert(os.execute("chmod -R u+rwX " .. M.quote(dir) .. " && rm -rf " .. M.quote(dir)))
end

---@class tests.Result
---@field code integer 128 + N after signal N, as shells tell it
---@field out string
---@field err string

--- A test that takes long.
M.SLOW = [==[
[meta]
name = "slow"
[[steps]]
name = "wait"
command = ["sleep", "20"]
]==]

--- A test that fails.
M.FAILING = [==[
[meta]
name = "failing"
[[steps]]
name = "fail"
command = ["false"]
]==]

--- For tests in which images are the sandbox's, whatever engine the machine has.
M.NO_ENGINE = { DOCKER_HOST = "unix:///nowhere", CONTAINER_HOST = "unix:///nowhere" }

--- Runs a shell command in a clean environment; `clnrm` is the program, its path is in $CLNRM.
---@param command string
---@param opts? { cwd?: string, env?: table<string, string|false>, deadline_s?: integer }
---@return tests.Result
function M.sh(command, opts)
  opts = opts or {}
  local dir = M.tempdir()
  assert(lfs.mkdir(dir .. "/home"))
  local env = {
    HOME = dir .. "/home",
    PATH = os.getenv("PATH"),
    LANG = "C.UTF-8",
    TERM = "xterm",
    ASAN_OPTIONS = os.getenv("ASAN_OPTIONS"),
    LSAN_OPTIONS = os.getenv("LSAN_OPTIONS"),
    UBSAN_OPTIONS = os.getenv("UBSAN_OPTIONS"),
  }
  for name, value in pairs(opts.env or {}) do
    env[name] = value or nil
  end
  local words = { "env", "-i" }
  for name, value in pairs(env) do
    words[#words + 1] = M.quote(name .. "=" .. value)
  end
  local script = ('CLNRM="%s"\nclnrm() { "$CLNRM" "$@"; }\n%s'):format(M.clnrm, command)
  words[#words + 1] = ("timeout -k 5 %d /bin/bash -c %s"):format(
    opts.deadline_s or DEADLINE_S, M.quote(script))
  local line = ("cd %s && %s </dev/null >%s/out 2>%s/err"):format(
    M.quote(opts.cwd or dir), table.concat(words, " "), dir, dir)
  local _, how, code = os.execute(line)
  local result = {
    code = how == "signal" and 128 + code or code,
    out = M.read(dir .. "/out"),
    err = M.read(dir .. "/err"),
  }
  M.remove(dir)
  return result
end

--- Runs the program with arguments.
---@param argv string[]
---@param opts? { cwd?: string, env?: table<string, string|false>, deadline_s?: integer }
---@return tests.Result
function M.run(argv, opts)
  local words = { "clnrm" }
  for i, word in ipairs(argv) do
    words[i + 1] = M.quote(word)
  end
  return M.sh(table.concat(words, " "), opts)
end

return M
