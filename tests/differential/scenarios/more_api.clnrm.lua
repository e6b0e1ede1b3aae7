-- More of the API of Lua tests: waits, rooms, options.
local clnrm = require("clnrm")
local expect = clnrm.expect

clnrm.test("a wait that does not come true", function(t)
  t.room:wait({ file = "never", timeout = "200ms" })
end)

clnrm.test("several rooms", function(t)
  local one, other = t:open({ env = { WHO = "one" } }), t:open({ project = "none" })
  one:put("f", "x")
  expect(other:exists("f")):is_false()
  expect(one:exec("echo $WHO", { check = true }).stdout):equals("one\n")
  expect(other:exec("ls /project 2>/dev/null | wc -l", { check = true }).stdout):equals("0\n")
  one:close()
  expect(other:exec({ "true" }).ok):is_true()
end)

clnrm.test("options of commands", function(t)
  local room = t.room
  local got = room:exec("echo $A; pwd; cat; echo err >&2", { env = { A = "a b" }, cwd = "/usr",
    stdin = ("x"):rep(200000) })
  expect(#got.stdout):equals(200000 + 9)
  expect(got.stderr):equals("err\n")
  local process = room:start("echo out; echo err >&2; sleep 0.05; exit 3", { cwd = "/tmp" })
  local words = {}
  for line in process:lines("stderr") do
    words[#words + 1] = line
  end
  expect(words):equals({ "err" })
  local ended = process:wait("10s")
  expect(ended.exit_code):equals(3)
  expect(ended.stdout):equals("out\n")
  local slow = room:start({ "sleep", "60" }, { timeout = "300ms" })
  expect(slow:wait().timed_out):is_true()
  t:attach("note.txt", "attached")
end)
