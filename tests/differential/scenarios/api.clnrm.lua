-- The API of Lua tests: processes, files, services.
local clnrm = require("clnrm")
local expect = clnrm.expect

clnrm.test("processes and files", function(t)
  local room = t.room
  local cat = room:start({ "cat" })
  cat:write("one\ntwo\n")
  local read = cat:lines()
  expect(read()):equals("one")
  expect(read()):equals("two")
  cat:close_stdin()
  expect(cat:wait().exit_code):equals(0)
  local sleeper = room:start({ "python3", "-I", "-c", [[
import signal, sys
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(9))
print("ready", flush=True)
signal.pause()]] })
  expect(sleeper:lines()()):equals("ready")
  sleeper:kill("USR1")
  expect(sleeper:wait().exit_code):equals(9)
  local killed = room:start({ "sleep", "60" })
  killed:kill()
  expect(killed:wait().signal):equals(9)

  room:put("dir/file", "bytes\0\255", { mode = tonumber("640", 8) })
  expect(room:get("dir/file")):equals("bytes\0\255")
  expect(room:exec("stat -c '%a %U' dir/file", { check = true }).stdout):equals("640 room\n")
  expect(room:exists("dir")):is_true()
  expect(room:exists("none")):is_false()
  for _, path in ipairs({ "none", "dir" }) do
    local got, err = room:get(path)
    t:log(("%s: %s %s"):format(path, tostring(got), tostring(err and err.code)))
  end
  local ok, err = room:put("/proc/none", "x")
  t:log(("%s %s"):format(tostring(ok), tostring(err and err.code)))
  local late = room:exec("sleep 60", { timeout = "300ms" })
  expect(late.timed_out):is_true()
  for _, argv in ipairs({ { "no-such-program" }, { "/etc/passwd" } }) do
    local result, why = room:exec(argv)
    expect(result):is_nil()
    t:log(why.message)
  end
end)

clnrm.test("a service", function(t)
  local room = t:open({
    services = {
      app = {
        command = "exec 2>/dev/null; trap 'echo got term; exit 5' TERM; echo up; "
          .. "while :; do sleep 0.02; done",
        wait = { log = "up" },
        stop_timeout = "5s",
      },
    },
  })
  local app = room:service("app")
  expect(app:resume()):is_true() -- what is not paused goes on
  expect(app:pause()):is_true()
  expect(app:pause()):is_true()
  expect(app:resume()):is_true()
  expect(app:resume()):is_true()
  expect(app:stop()):is_true()
  t:log(app:logs())
  expect(app:start()):is_true()
  expect(app:kill("KILL")):is_true()
  expect(app:start()):is_true()
  expect(room:exec("echo beside", { service = "app", check = true }).stdout):equals("beside\n")
end)
