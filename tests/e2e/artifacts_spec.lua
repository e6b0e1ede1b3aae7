--- What `artifacts.collect` takes out of rooms, and what it never does.
local fs = require("core.fs")
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local HEAD = '[meta]\nname = "x"\n[[scenario]]\nname = "a: b/c"\n'
local KEPT = "/.clnrm/artifacts/x.clnrm.toml/a__b_c/"

--- Runs a scenario; calls `look(dir, events, got)` while what it kept is there.
local function run(body, look, prepare)
  local dir = support.tempdir()
  if prepare then
    prepare(dir)
  end
  support.write(dir .. "/x.clnrm.toml", HEAD .. body)
  local got = support.run({ "run", "--format", "events", "x.clnrm.toml" }, { cwd = dir })
  local told = {}
  for line in got.out:gmatch("[^\n]+") do
    local event = assert(json.decode(line))
    if event.event == "artifact" then
      told[event.name] = event.error or event.path
    end
  end
  local ok, err = pcall(look, dir, told, got)
  support.remove(dir)
  assert(ok, err)
end

describe("artifacts", function()
  it("are files, folders and logs, also of a test that fails", function()
    run([==[
artifacts.collect = ["files:out", "files:/tmp/t", "files:./a b", "logs:all"]
steps = [ { name = "s", service = "web", command = "true" },
  { name = "t", service = "web", command = """mkdir -p out/.d; echo 1 > out/.d/x
echo 2 > /tmp/t; echo 3 > 'a b'; exit 3""" } ]
[services.web]
command = "echo hello; exec sleep 600"
]==], function(dir, told, got)
      assert.equal(1, got.code)
      assert.equal("1\n", fs.read(dir .. KEPT .. "files/out/_d/x"))
      assert.equal("2\n", fs.read(dir .. KEPT .. "files/tmp/t"))
      assert.equal("3\n", fs.read(dir .. KEPT .. "files/a_b"))
      assert.equal("hello\n", fs.read(dir .. KEPT .. "logs/web.log"))
      assert.equal(KEPT:sub(2) .. "files/a_b", told["files:./a b"])
    end)
  end)

  it("of files whose names are alike have folders of their own, from any directory", function()
    local dir = support.tempdir()
    local one = '[meta]\nname = "x"\n[[scenario]]\nname = "s"\nartifacts.collect = ["files:f"]\n'
      .. 'run = "echo %s > f"\n'
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/a/b.clnrm.toml", one:format("folder"))
    support.write(dir .. "/a_b.clnrm.toml", one:format("plain"))
    support.write(dir .. "/a b.clnrm.toml", one:format("blank"))
    local got = support.run({ "run" }, { cwd = dir })
    assert.equal(0, got.code, got.out)
    local function kept()
      return support.sh("cat .clnrm/artifacts/*/s/files/f | sort | tr '\\n' ' '", { cwd = dir }).out
    end
    assert.equal("blank folder plain ", kept())
    assert.equal("plain\n", fs.read(dir .. "/.clnrm/artifacts/a_b.clnrm.toml/s/files/f"))
    assert.equal(0, support.run({ "run", "b.clnrm.toml" }, { cwd = dir .. "/a" }).code)
    assert.equal("blank folder plain ", kept())
    support.remove(dir)
  end)

  it("of runs beside each other are whole, each in a folder of its own", function()
    local dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/go", "") -- a room need not see files that come later
    support.write(dir .. "/x.clnrm.toml", [==[
[meta]
name = "x"
[room]
inherit_env = ["RUNNER"]
[[scenario]]
name = "s"
artifacts.collect = ["files:d"]
run = """
until [ -s /project/go ]; do sleep 0.01; done
mkdir d; for i in 1 2 3; do echo $RUNNER >d/$i; done"""
]==])
    local got = support.sh('for i in 1 2 3 4 5 6; do RUNNER=r$i "$CLNRM" run --format events '
      .. 'x.clnrm.toml >told.$i & done; for i in 1 2 3 4 5 6; do until grep -q scenario_begin '
      .. 'told.$i; do sleep 0.01; done; done; echo 1 >go; wait; grep -h \'"artifact"\' told.*',
      { cwd = dir, deadline_s = 60 })
    local texts, folders = {}, {}
    for line in got.out:gmatch("[^\n]+") do
      local event = assert(json.decode(line))
      assert.is_nil(event.error)
      local folder = event.path:match("^(.clnrm/artifacts/x.clnrm.toml/[^/]+)/files/d/%d$")
      local text = fs.read(dir .. "/" .. event.path)
      assert.equal(folders[folder] or text, text) -- all of one run
      assert(folder and text, event.path)
      folders[folder], texts[text] = text, (texts[text] or 0) + 1
    end
    assert.same({ ["r1\n"] = 3, ["r2\n"] = 3, ["r3\n"] = 3, ["r4\n"] = 3, ["r5\n"] = 3,
      ["r6\n"] = 3 }, texts)
    -- a later run alone keeps its own, and no other
    assert.equal(0, support.sh('RUNNER=last "$CLNRM" run x.clnrm.toml', { cwd = dir }).code)
    assert.equal("last last last", (support.sh(
      "cat .clnrm/artifacts/x.clnrm.toml/*/files/d/* | tr '\\n' ' '", { cwd = dir }).out
      :gsub("%s+$", "")))
    support.remove(dir)
  end)

  it("of scenarios whose names are alike have folders of their own", function()
    local one = 'artifacts.collect = ["files:f"]\nrun = "echo %s > f"\n'
    local more = '[[scenario]]\nname = "%s"\n' .. one
    run(one:format("first") .. more:format("a: b c", "second") .. more:format("other", "third")
      .. more:format("a_ b/c", "fourth"), function(dir)
      for path, text in pairs({ a__b_c = "first", ["a__b_c~2"] = "second", other = "third",
        ["a__b_c~3"] = "fourth" }) do
        local base = dir .. "/.clnrm/artifacts/x.clnrm.toml/"
        assert.equal(text .. "\n", fs.read(base .. path .. "/files/f"))
      end
    end)
  end)

  it("follow no link, out of the room or out of the project", function()
    run([==[
artifacts.collect = ["files:link", "files:dir"]
run = "ln -s /etc/passwd link; mkdir dir; ln -s /etc/passwd dir/link; ln -s /etc dir/etc"
]==], function(dir, told, got)
      assert.equal(0, got.code)
      assert.equal("it is a link", told["files:link"])
      assert.equal("there is no file in it", told["files:dir"])
      assert.is_nil(fs.stat(dir .. KEPT .. "files"))
    end)
    local outside = support.tempdir()
    run('artifacts.collect = ["files:f"]\nrun = "echo 1 > f"\n', function(_, told, got)
      assert.equal(0, got.code)
      assert.is_string(told["files:f"])
      assert.same({}, fs.scandir(outside))
    end, function(dir)
      assert(fs.symlink(dir .. "/.clnrm", outside))
    end)
    support.remove(outside)
  end)

  it("that are not there are told, and nothing of an earlier run is taken for them", function()
    run('artifacts.collect = ["files:gone", "files:fifo"]\nrun = "mkfifo fifo"\n',
      function(dir, told, got)
        assert.equal(0, got.code)
        assert.equal("there is no such file", told["files:gone"])
        assert.equal("it is no regular file", told["files:fifo"])
        assert.is_nil(fs.stat(dir .. KEPT .. "files/gone"))
        local shown = support.run({ "run", "x.clnrm.toml" }, { cwd = dir })
        assert.matches("no artifact files:gone +there is no such file", shown.out)
      end, function(dir)
        assert(fs.mkdir_p(dir .. KEPT .. "files"))
        support.write(dir .. KEPT .. "files/gone", "old")
      end)
  end)

  it("are bounded", function()
    run('artifacts.collect = ["files:many"]\n'
      .. 'run = "mkdir many; cd many; for i in $(seq 150); do echo $i > $i; done"\n',
      function(dir, told)
        assert.equal("more than 100 files", told["files:many"])
        assert.equal(100, #assert(fs.scandir(dir .. KEPT .. "files/many")))
      end)
    run('artifacts.collect = ["files:big", "files:small"]\n'
      .. 'run = "head -c 70000000 /dev/zero > big; echo 1 > small"\n',
      function(dir, told)
        assert.is_string(told["files:big"])
        assert.is_nil(fs.stat(dir .. KEPT .. "files/big"))
        assert.equal("1\n", fs.read(dir .. KEPT .. "files/small"))
      end)
  end)

  it("have two names where two files would get one", function()
    run('artifacts.collect = ["files:a b", "files:a_b"]\nrun = "echo 1 > \'a b\'; echo 2 > a_b"\n',
      function(dir)
        assert.equal("1\n", fs.read(dir .. KEPT .. "files/a_b"))
        assert.equal("2\n", fs.read(dir .. KEPT .. "files/a_b~2"))
      end)
  end)
end)
