--- The record that each run leaves: what is in it, and that it never touches a verdict.
local support = require("tests.e2e.support")

local json = require("core.json")

local TWO = [==[
[meta]
name = "two"
[[scenario]]
name = "good"
[[scenario.steps]]
name = "say it"
command = ["echo", "hello"]
[[scenario]]
name = "bad"
[[scenario.steps]]
name = "say it"
command = ["false"]
]==]

--- Reads the records in a state directory: lists of decoded lines.
local function records(state)
  local list = {}
  local pipe = assert(io.popen(("ls %s/clnrm/runs/*.ndjson 2>/dev/null"):format(state)))
  for path in pipe:lines() do
    local lines = { path = path }
    for line in io.lines(path) do
      lines[#lines + 1] = assert(json.decode(line))
    end
    list[#list + 1] = lines
  end
  pipe:close()
  return list
end

describe("the record of a run", function()
  local dir, env
  before_each(function()
    dir = support.tempdir()
    env = { XDG_STATE_HOME = dir .. "/state" }
    support.write(dir .. "/two.clnrm.toml", TWO)
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function run(argv, more)
    local all = { CANARY = "c4n4ry-of-the-environment" }
    for name, value in pairs(more or env) do
      all[name] = value
    end
    return support.run(argv, { cwd = dir, env = all })
  end

  it("is a file of its own, from a header to an end, that only its user can read", function()
    local got = run({ "run", "--deadline", "50s" })
    assert.equal(1, got.code)
    assert.equal("", got.err)
    local list = records(dir .. "/state")
    assert.equal(1, #list)
    local head, ending = list[1][1], list[1][#list[1]]
    assert.equal("clnrm.run/1", head.schema)
    assert.same({ "run", "--deadline", "50s" }, { table.unpack(head.args) })
    assert.equal(dir, head.project)
    assert.is_true(head.whole)
    assert.equal("record_end", ending.event)
    assert.equal(1, ending.exit_code)
    assert.equal(1, ending.counts.fail)
    assert.matches(head.id, list[1].path)
    local modes = support.sh("stat -c %a state state/clnrm/runs state/clnrm/runs/*.ndjson",
      { cwd = dir })
    assert.equal("700\n700\n600\n", modes.out)
  end)

  it("holds no value of the environment, and no word that may be a secret", function()
    run({ "run", "--report", "json=TOKEN=s3cr3t" })
    assert.equal(1, #records(dir .. "/state"))
    local got = support.sh("grep -rE 'c4n4ry|s3cr3t|/home' state/clnrm/runs", { cwd = dir })
    assert.equal("", got.out)
    assert.equal(1, got.code)
  end)

  it("holds no secret, in whatever form a test prints it", function()
    support.write(dir .. "/secret.clnrm.toml", [==[
[meta]
name = "prints its secret"
[secrets]
TOKEN = true
[[steps]]
name = "prints"
command = "echo $TOKEN; printf %s $TOKEN | base64; echo a${TOKEN}b >&2; false"
]==])
    local got = run({ "run", "secret.clnrm.toml" },
      { XDG_STATE_HOME = dir .. "/state", TOKEN = "c4n4ry-value-123456" })
    assert.equal(1, got.code, got.out .. got.err)
    assert.equal(1, #records(dir .. "/state"))
    local found = support.sh("grep -rE 'c4n4ry|YzRuNHJ5LXZhbHVl' state", { cwd = dir })
    assert.equal("", found.out)
    local replay = run({ "replay", "latest", "-vv" })
    assert.equal(0, replay.code)
    assert.matches("%*%*%*", replay.out)
  end)

  it("is written for a user that has no name", function()
    if support.sh("id -u").out ~= "0\n" then
      pending("only root can become somebody else")
      return
    end
    local got = support.sh([==[
mkdir -p user/tests && cp two.clnrm.toml user/tests/ && chown -R 54321 user && chmod 755 . &&
cd user && HOME=$PWD setpriv --reuid 54321 --regid 54321 --clear-groups "$CLNRM" run tests;
echo "code $?"; ls .local/state/clnrm/runs/*.ndjson | wc -l]==], { cwd = dir })
    assert.equal("", got.err)
    assert.matches("code 1\n1\n$", got.out)
  end)

  it("is left out by --no-record, a variable and a setting", function()
    local first = run({ "run", "--no-record" })
    local second = run({ "run" }, { XDG_STATE_HOME = dir .. "/state", CLNRM_RECORD = "off" })
    support.write(dir .. "/clnrm.toml", "[record]\nenabled = false\n")
    local third = run({ "run" })
    for _, got in ipairs({ first, second, third }) do
      assert.equal(1, got.code)
      assert.equal("", got.err)
    end
    assert.equal(0, #records(dir .. "/state"))
  end)

  it("is left by a program that registers tests, and not by one that does not", function()
    support.write(dir .. "/p.lua", 'print(1)\n')
    support.write(dir .. "/t.lua", 'local clnrm = require("clnrm")\nclnrm.test("t", function(t)\n'
      .. '  t.room:exec({ "true" }, { check = true })\nend)\n')
    assert.equal(0, run({ "p.lua" }).code)
    assert.equal(0, #records(dir .. "/state"))
    local got = run({ "t.lua" })
    assert.equal(0, got.code, got.err)
    local list = records(dir .. "/state")
    assert.equal("script", list[1][1].command)
    assert.equal("record_end", list[1][#list[1]].event)
  end)

  it("costs a note where it cannot be written, and no verdict", function()
    support.write(dir .. "/file", "")
    for _, place in ipairs({
      { HOME = false }, { HOME = "" }, { HOME = "/nowhere" }, { HOME = "/proc" },
      { XDG_STATE_HOME = "/proc/x" }, { XDG_STATE_HOME = dir .. "/file" },
    }) do
      local got = run({ "run" }, place)
      assert.equal(1, got.code)
      assert.matches("1 passed, 1 failed", got.out)
      assert.matches("^note: this run is not recorded: [^\n]+\n  the verdicts [^\n]+\n$", got.err)
      assert.equal("", run({ "run", "--no-record" }, place).err)
    end
  end)

  it("costs a note on a full and on a read-only disk, before the run or in it", function()
    support.write(dir .. "/loud.clnrm.toml", [==[
[meta]
name = "loud"
[[steps]]
name = "prints"
command = "head -c 60000 /dev/zero | tr '\\0' x"
]==])
    local got = support.sh([==[
mkdir full && unshare -Urm sh -c '
  mount -t tmpfs -o size=48k tmpfs full || exit 99
  XDG_STATE_HOME=$PWD/full "$0" run loud.clnrm.toml; echo "code $?"
  head -c 48k /dev/zero > full/rest 2>/dev/null
  XDG_STATE_HOME=$PWD/full "$0" run loud.clnrm.toml; echo "code $?"
  mount -o remount,ro full || exit 99
  XDG_STATE_HOME=$PWD/full "$0" run loud.clnrm.toml; echo "code $?"' "$CLNRM"]==], { cwd = dir })
    if got.code == 99 then
      pending("no tmpfs can be mounted in a namespace here")
    end
    local codes = {}
    for code in got.out:gmatch("code (%d+)") do
      codes[#codes + 1] = code
    end
    assert.same({ "0", "0", "0" }, codes)
    assert.matches("note: the record of this run is not whole: [^\n]*space", got.err)
    assert.matches("note: this run is not recorded: [^\n]*space", got.err)
    assert.matches("note: this run is not recorded: [^\n]*read%-only", got.err)
  end)

  it("is readable up to its last line when its run was killed", function()
    support.write(dir .. "/slow.clnrm.toml", support.SLOW)
    local got = support.sh([==[
clnrm run -j 1 two.clnrm.toml slow.clnrm.toml >/dev/null & pid=$!
until grep -q '"event":"step_begin".*slow' state/clnrm/runs/*.ndjson 2>/dev/null; do
  sleep 0.02
done
kill -9 $pid; wait $pid 2>/dev/null
clnrm run two.clnrm.toml >/dev/null; echo "code $?"]==], { cwd = dir, env = env })
    assert.equal("code 1\n", got.out)
    local list = records(dir .. "/state")
    assert.equal(2, #list)
    local seen = {}
    for _, e in ipairs(list[1]) do
      seen[e.event or "header"] = e.id
    end
    assert.equal("slow.clnrm.toml › slow", seen.step_begin)
    assert.is_nil(seen.run_end)
    assert.is_nil(seen.record_end)
  end)

  it("is kept apart by twenty runs in one directory at once, and none is lost", function()
    local got = support.sh([==[
for i in $(seq 20); do
  ( clnrm run > out.$i 2> err.$i; echo $? > code.$i ) &
done; wait; cat code.* | sort | uniq -c | tr -s ' '; cat err.*]==],
      { cwd = dir, env = env, deadline_s = 300 })
    assert.equal(" 20 1\n", got.out)
    local list, ids = records(dir .. "/state"), {}
    assert.equal(20, #list)
    for _, lines in ipairs(list) do
      ids[lines[1].id] = true
      local verdicts = {}
      for _, e in ipairs(lines) do
        if e.event == "scenario_end" then
          verdicts[e.name] = e.verdict
        end
      end
      assert.same({ good = "pass", bad = "fail" }, verdicts)
      assert.equal("record_end", lines[#lines].event)
    end
    local count = 0
    for _ in pairs(ids) do
      count = count + 1
    end
    assert.equal(20, count)
  end)
end)
