--- Rooms under signals at random moments and under failing calls of the kernel.
local fs = require("core.fs")
local proc = require("core.proc")

local CLNRM = assert(os.getenv("CLNRM"), "CLNRM names the program")
local PROBES = assert(fs.realpath(os.getenv("CLNRM_ROOT") or ".")) .. "/tests/fixtures/probes"

--- Runs a command; its result, what it printed, what it complained of.
local function run(argv, env)
  local process <close> = assert(proc.spawn({ argv = argv, env = env }))
  local result = assert(process:wait())
  return result, (process:stdout()), (process:stderr())
end

describe("rooms of a clnrm that is ended", function()
  for _, signal in ipairs({ 9, 15, 2, 1, 3, 6 }) do
    it("leave no process after 100 signals " .. signal, function()
      local _, out, err = run({ "python3", "-B", PROBES .. "/kill_driver.py", tostring(signal),
        "100", tostring(signal), CLNRM, "lua", PROBES .. "/rooms_forever.lua" })
      assert.equal("", err)
      assert.equal("0\n", out)
    end)
  end
end)

-- Prints one line; every step of it may fail, none may lie.
local SCRIPT = [[
  local sandbox = require("engine.backend.sandbox")
  local proc = require("core.proc")
  local said = {}
  local function say(name, value, err)
    assert(value ~= nil or (err and err.code), name .. " failed without a reason")
    said[#said + 1] = name .. "=" .. tostring(value == nil and err.code or value)
  end
  local room, err = sandbox.open({ room = { project = "none" } })
  say("open", room and "ok", err)
  if room then
    local result, text
    result, err = room:exec({ shell = "cat; head -c 199997 /dev/zero; exit 7", stdin = "abc" })
    say("exit", result and result.exit_code, err)
    if result then
      assert(result.exit_code == 7 and result.stdout_bytes == 200000)
      text, err = result:stdout()
      assert(not text or #text == 200000)
      say("text", text and "ok", err)
    end
    local ok
    ok, err = room:put("file", "content")
    say("put", ok, err)
    ok, err = room:get("file")
    assert(not ok or ok == "content")
    say("get", ok and "ok", err)
    ok, err = room:close()
    say("close", ok and "ok", err)
  end
  local process
  process, err = proc.spawn({ argv = { "/bin/sh", "-c", "exit 3" }, stdin = "x" })
  say("proc", process and assert(process:wait()).code, err)
  print(table.concat(said, " "))
]]

describe("rooms under failing calls", function()
  local dir
  setup(function()
    dir = assert(fs.tempdir())
    assert(fs.write_atomic(dir .. "/script.lua", SCRIPT))
  end)
  teardown(function()
    fs.remove_tree(dir)
  end)

  -- Not pipe2, epoll_ctl, write and rt_sigaction: libuv itself gives up when these fail.
  for _, call in ipairs({ "socketpair", "memfd_create", "clone", "fcntl", "sendto", "pwrite64",
    "pread64", "wait4", "waitid" }) do
    it("say what failed, and nothing wrong: " .. call, function()
      local complete = 0
      for _, kind in ipairs({ "EIO", "ENOMEM", "EMFILE", "EINTR", "EAGAIN", "EPERM" }) do
        for _, nth in ipairs({ 1, 2, 3, 5, 8, 13, 21 }) do
          local result, out, err = run({ "timeout", "20", "strace", "-qq", "-o", "/dev/null",
            "-E", "ASAN_OPTIONS=detect_leaks=0", -- it cannot work under strace
            "-e", ("inject=%s:error=%s:when=%d"):format(call, kind, nth),
            CLNRM, "lua", dir .. "/script.lua" })
          local case = ("%s %s %d: %s%s"):format(call, kind, nth, out, err)
          if out ~= "" then
            assert.equal(0, result.code, case)
            assert.matches("^open=%w+.* proc=%w+\n$", out, case)
            complete = complete + 1
          else -- clnrm could not even start, and says so
            assert.is_true(result.kind == "exited" and result.code > 0 and result.code ~= 124, case)
            assert.matches("clnrm", err, case)
          end
        end
      end
      assert.is_true(complete >= 30, call .. ": " .. complete)
    end)
  end
end)
