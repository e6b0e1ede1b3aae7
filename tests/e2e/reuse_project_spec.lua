--- Rooms of the sandbox that are used again, in a project that changes meanwhile.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local THREE = [==[
[meta]
name = "a"
[room]
reuse = "verified"
[[scenario]]
name = "s1"
run = "true"
[[scenario]]
name = "s2"
run = "true"
[[scenario]]
name = "s3"
run = "true"
]==]

describe("a room of the sandbox that is used again", function()
  it("is so although clnrm's state directory lies in the project", function()
    local dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", THREE)
    local got = support.run({ "run", "-f", "events", "-j1", "--backend", "sandbox" },
      { cwd = dir, env = { XDG_STATE_HOME = dir .. "/.state" } })
    local record = support.sh("cat .state/clnrm/runs/*.ndjson | wc -l", { cwd = dir }).out
    support.remove(dir)
    assert.equal(0, got.code, got.out .. got.err)
    assert.is_true(tonumber(record) > 3, record)
    local ended = json.decode(got.out:match('[^\n]*"run_end"[^\n]*'))
    assert.same({ 1, 3, 2, 0 },
      { ended.pool.made, ended.pool.taken, ended.pool.again, ended.pool.dirty }, got.out)
  end)
end)
