--- `clnrm FILE.lua [args]`: a program on the engine's Lua.
---
--- It ends with 0, with what os.exit says, or with 1 and a traceback. It sees core.* and clnrm.*;
--- nothing is loaded from the working directory. With --watch as the first argument it is run again
--- on each save (engine.dev.program); behind `--` all are the program's own.
---
--- When it has registered tests, they are run once it has ended, as `clnrm run` does it. A file
--- that is named as one of tests (*.clnrm.lua) is run as one, in the environment of tests.
local exit_codes = require("engine.cli.exit_codes")
local task = require("core.task")
local traceback = require("engine.traceback")

local M = {}

--- What a script may do between two waits, before it is taken for an endless loop: half a minute or
--- so.  A script that computes longer says require("core.task").limit(0).
M.INSTRUCTIONS_MAX = 4000000000

--- Makes standard output tell what became of it: a full disk is kept until the end, a closed pipe
--- ends the program quietly.  Plain Lua forgets both.
---@return fun(): string? failure
local function watch_output()
  local failure
  local leave = os.exit
  local function check(ok, why, ...)
    if not ok and not failure then
      if why and why:find("[Bb]roken pipe") then
        leave(exit_codes.PIPE)
      end
      failure = why or "not written"
    end
    return ok, why, ...
  end
  local methods = getmetatable(io.stdout).__index
  for _, name in ipairs({ "write", "flush" }) do
    local method = methods[name]
    methods[name] = function(file, ...)
      if file ~= io.stdout then
        return method(file, ...)
      end
      return check(method(file, ...))
    end
  end
  local clean = require("engine.script.printed").clean -- the program's tests print, too
  rawset(io, "write", function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do
      parts[i] = type(parts[i]) == "string" and clean(parts[i]) or parts[i]
    end
    return io.output():write(table.unpack(parts, 1, parts.n))
  end)
  rawset(_G, "print", function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do
      parts[i] = tostring(parts[i])
    end
    io.stdout:write(clean(table.concat(parts, "\t")), "\n")
  end)
  return function()
    io.stdout:flush()
    return failure
  end
end

--- Tells of checks of the program that did not hold, or said nothing.
---@return integer? exit_code nil: there are none
local function check_code(cx)
  local checks = package.loaded["engine.script.checks"]
  local message, at
  if checks then
    message, at = checks.outside_problem(checks.program)
  end
  if message then
    cx.err:write("clnrm: " .. cx:safe(require("engine.script.place").prefix(at) .. message) .. "\n")
    return exit_codes.NO
  end
end

--- Tells of tests that are registered and will not come to their end.
---@return integer? exit_code nil: there are none
local function tests_code(cx)
  local program = package.loaded["engine.script.program"]
  local count = program and program.count() or 0
  if count > 0 then
    cx:error(("os.exit ended the program before its %d registered test%s had run"):format(count,
      count == 1 and "" or "s"), "tests run when the program has returned: leave os.exit out")
    return exit_codes.INPUT
  end
end

--- Makes os.exit answer for what was written, checked and registered.
local function watch_exit(cx, failure_of)
  local leave = os.exit
  rawset(os, "exit", function(code) -- the state is not closed: it is in use, by this very task
    local failure = failure_of()
    if code == nil or code == true or code == 0 then
      if failure then
        cx.err:write("clnrm: standard output: " .. cx:safe(failure) .. "\n")
      end
      code = tests_code(cx) or check_code(cx) or failure and exit_codes.ENVIRONMENT or code
    end
    leave(code)
  end)
end

--- Loads a program that may register tests: its asserts can tell their sides.
local function load_with_tests(file)
  local text, err = require("core.fs").read(file)
  if not text then
    return nil, { { severity = "error", code = "E004", file = file, message = err.message } }
  end
  rawset(_G, "assert", require("core.operands").assert(function(ok, failed, value)
    require("engine.script.checks").asserted(ok, failed, value)
  end))
  require("engine.script.program").accept(file)
  return require("engine.script.load").chunk(text, { name = file, env = _G })
end

--- Whether a program may register tests, which it cannot without a name of the API.
local function may_register(file)
  local f = io.open(file, "rb")
  local text = f and f:read("a") or ""
  if f then
    f:close()
  end
  return text:find("clnrm", 1, true) ~= nil and text:sub(1, 1) ~= "\27"
end

--- Loads the program.
---@return function? chunk
---@return integer? exit_code then
local function load_program(cx, file)
  if not may_register(file) then
    local chunk, why = loadfile(file, "t")
    if not chunk then
      cx:error(why)
    end
    return chunk, exit_codes.INPUT
  end
  require("clnrm.host").provide(function()
    require("engine.script.host").install()
  end)
  local chunk, problems = load_with_tests(file)
  if not chunk then
    cx:show_diagnostics(problems, { [file] = require("core.fs").read(file) })
  end
  return chunk, exit_codes.INPUT
end

--- Runs the tests that the program has registered.
---@return integer? exit_code nil: it registered none
local function run_tests(cx, file)
  local program = package.loaded["engine.script.program"]
  local tests = program and program.registered()
  if not tests then
    return nil
  end
  local fs = require("core.fs")
  local path = fs.realpath(file)
  cx.command = "run"
  return require("engine.cli.run").execute(cx, function()
    local opts = { file = file, strict = cx.opts.strict }
    local text = require("engine.script.place").text(file)
    local suite, list = require("engine.script.suite").of(tests, text, path, opts)
    return {
      suites = { suite },
      broken = not suite and { { file = file, diagnostics = list } } or {},
      warnings = suite and list or {},
      sources = { [file] = text },
      files = 1,
    }
  end)
end

local WATCH = { ["--watch"] = true, ["-w"] = true }

--- Runs a file whose name says that it is one of tests.
local function run_test_file(cx)
  if #cx.args == 1 and WATCH[cx.args[1]] then
    cx.opts.watch, cx.args = true, {}
  elseif #cx.args > 0 then
    cx:error("a file of tests takes no arguments but --watch",
      "to choose tests and reports: clnrm run [options] " .. cx.script)
    return exit_codes.INPUT
  end
  cx.args, cx.command = { cx.script }, "run"
  return require("engine.cli.run").run(cx)
end

--- Options of which docs/dev.md tells with those of the loop: they are about tests.
local OF_TESTS = { { long = "only" }, { short = "k" }, { long = "tag" }, { long = "failed-first" },
  { long = "verbose", short = "v" } }

--- Names the option that an argument is, if it is one of a loop over tests.
local function option_of_loop(argument)
  local long, short = argument:match("^%-%-([^=]*)"), argument:match("^%-(%w)")
  for _, list in ipairs({ require("engine.cli.options.dev"), OF_TESTS }) do
    for _, option in ipairs(list) do
      if long and option.long == long and long ~= "watch" then
        return "--" .. long
      elseif short and option.short == short and short ~= "w" then
        return "-" .. short
      end
    end
  end
end

--- Runs the program again on each save. It is a process of its own that says nothing of tests, so
--- options of the developer loop have nothing to be about: those are not taken for its arguments.
local function run_again(cx, file, args)
  local first, at = args[2], 2
  local option = first and option_of_loop(first)
  if option then
    cx:error(option .. " is no option of a program that is run again on each save",
      ("for one of the program's own: clnrm %s --watch -- %s"):format(file, first))
    return exit_codes.INPUT
  end
  at = first == "--" and 3 or at
  return require("engine.dev.program").run(cx, file, table.move(args, at, #args, 1, {}))
end

---@param cx engine.cli.Context
---@return integer exit_code
function M.run(cx)
  local args, file = cx.args, cx.script
  if file:find("%.clnrm%.lua$") then
    return run_test_file(cx)
  elseif WATCH[args[1]] then
    return run_again(cx, file, args)
  elseif args[1] == "--" and WATCH[args[2]] then
    table.remove(args, 1) -- they are the program's own
  end
  args[0] = file
  _G.arg = args
  local chunk, code = load_program(cx, file)
  if not chunk then
    return code
  end
  local failure_of = watch_output()
  watch_exit(cx, failure_of)
  -- In a task of its own: a limit that is spent goes on raising until its task has ended.
  local program = { main_chunk = chunk } -- its name in tracebacks: engine.traceback
  local running = task.spawn(function()
    task.limit(M.INSTRUCTIONS_MAX)
    program.main_chunk(table.unpack(args))
  end)
  local ok, err = pcall(running.join, running)
  local failure = failure_of()
  if not ok then
    local trace = traceback.join(err, running:trace(), cx.opts.trace)
    cx.err:write("clnrm: " .. trace .. "\n")
    return exit_codes.NO
  elseif failure then
    cx.err:write("clnrm: standard output: " .. cx:safe(failure) .. "\n")
    return exit_codes.ENVIRONMENT
  end
  return check_code(cx) or run_tests(cx, file) or exit_codes.OK
end

return M
