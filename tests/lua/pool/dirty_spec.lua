--- What is left in a room of the sandbox is found, whatever it is.
local dirty = require("engine.pool.dirty")
local fs = require("core.fs")
local residues = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/residues.lua")
local sandbox = require("engine.backend.sandbox")

describe("a room of the sandbox that was used", function()
  local room

  setup(function()
    room = assert(sandbox.open({ name = "dirty", room = { project = "none" } }))
    assert(room:put(residues.PROGRAM, residues.compile(), 493))
  end)
  teardown(function()
    room:close()
  end)

  it("is as it was when nothing was left, however often", function()
    local clean = dirty.look(room)
    for _ = 1, 3 do
      assert.equal(0, assert(room:exec({ shell = "cat /etc/passwd /proc/self/status; sleep 0.01; "
        .. "export LEFT=1; ulimit -n 50; cd /tmp; umask 0" })).exit_code)
      assert.same({}, dirty.left(room, clean))
    end
    assert.equal("unset", assert(room:exec({ shell = "printf ${LEFT-unset}" })):stdout())
  end)

  for _, one in ipairs(residues.list) do
    if not one.only then
      it("is not when it was left: " .. one.name, function()
        local clean = dirty.look(room)
        local ok, why = residues.leave(room, one)
        local told = table.concat(dirty.left(room, clean), "; ")
        if ok then
          assert.matches(one.found, told)
        else
          assert.is_true(one.may_fail == true, why)
          assert.equal("", told)
        end
      end)
    end
  end

  for _, one in ipairs(residues.refused) do
    it("cannot be left with " .. one.name, function()
      local clean = dirty.look(room)
      assert.is_false((residues.leave(room, one)))
      local told = table.concat(dirty.left(room, clean), "; ")
      assert.is_nil(told:find("mounts") or told:find("name"), told)
    end)
  end

  it("is not when nothing was known of it, or it cannot be looked at any more", function()
    assert.same({ "what it was like before its use is not known: no agent" },
      dirty.left(room, nil, "no agent"))
    local lines = 0
    local never, why = dirty.look({ survey = function()
      lines = lines + 1
      return ("t 0 1 1 0\nf d %d /\n"):format(lines)
    end })
    assert.is_nil(never)
    assert.equal("it changes by itself", why)
    never, why = dirty.look({ survey = function()
      return "f d 1 /\n"
    end })
    assert.is_nil(never)
    assert.equal("its agent does not tell its time", why)
    local other = assert(sandbox.open({ name = "gone", room = { project = "none" } }))
    local clean = dirty.look(other)
    other:close()
    assert.is_false((pcall(dirty.left, other, clean))) -- misuse: it is closed
  end)

  it("is not when the clock of its machine was set meanwhile, even if it was set back", function()
    local SET = { "the clock of the room's machine was set meanwhile" }
    local clean = dirty.look(room)
    clean.clock.wall = clean.clock.wall - 3600 * 1000000000
    assert.same(SET, dirty.left(room, clean))
    clean = dirty.look(room)
    clean.clock.sets = clean.clock.sets + 1
    assert.same(SET, dirty.left(room, clean))
    local never, why = dirty.look({ survey = function(_, since)
      return since and "t 0 1 1 1\n" or "t 0 1 1 0\n"
    end })
    assert.is_nil(never)
    assert.equal(SET[1], why)
  end)

  it("is asked for what changed by its own machine's clock only", function()
    local asked = {}
    assert(dirty.look({ survey = function(_, since)
      asked[#asked + 1] = since or "now"
      return "t 77 1000000077 5 0\n"
    end }))
    assert.same({ "now", 77 }, asked)
  end)

  describe("with a project", function()
    local dir, other, clean

    local function write(path, text)
      assert(fs.mkdir_p((dir .. "/" .. path):match("^(.*)/")))
      assert(fs.write_atomic(dir .. "/" .. path, text))
    end

    before_each(function()
      dir = assert(fs.tempdir())
      write("data", "old")
      write(".state/clnrm/runs/1.ndjson", "begun")
      local spec = { name = "dirty", project_dir = dir }
      other = assert(sandbox.open(spec))
      clean = dirty.look(other, dirty.own_of(spec, function(name)
        return name == "XDG_STATE_HOME" and dir .. "/.state" or nil
      end))
    end)
    after_each(function()
      other:close()
      assert(fs.remove_tree(dir))
    end)

    it("is not when a file of that was replaced: what is seen in it may be the old one", function()
      write("data", "new")
      local left = dirty.left(other, clean)
      if #left == 0 then -- a kernel without overlays for users: the project itself is seen
        assert.equal("new", assert(other:exec({ shell = "cat /project/data" })):stdout())
      else
        assert.matches("^files: .*/project/data", left[1])
      end
    end)

    it("is when only clnrm's own records went on", function()
      write(".state/clnrm/runs/1.ndjson", "ended")
      write(".state/clnrm/waits.json", "{}")
      assert.same({}, dirty.left(other, clean))
    end)
  end)

  it("is looked through but for clnrm's own directory in a read-only project", function()
    local function own(project, state, dir)
      return dirty.own_of({ project_dir = dir, room = { project = project } }, function(name)
        return name == "XDG_STATE_HOME" and state or nil
      end)
    end
    assert.equal("/project/sub/clnrm", own("ro", "/usr/sub", "/usr"))
    assert.equal("/project/sub/clnrm", own(nil, "/usr/sub", "/usr"))
    assert.is_nil(own("copy", "/usr/sub", "/usr"))
    assert.is_nil(own("none", "/usr/sub", "/usr"))
    assert.is_nil(own("ro", "/usr2/sub", "/usr"))
    assert.is_nil(own("ro", nil, "/usr"))
    assert.is_nil(own("ro", "/usr/sub", nil))
  end)

  it("is told of what is not known to be harmless", function()
    assert.same({ "something else: x y" }, dirty.differences({}, dirty.parse("x y\n")))
    assert.same({}, dirty.differences(dirty.parse("n TCP: inuse 0 orphan 1 tw 0 alloc 7 mem 1\n"),
      dirty.parse("n TCP: inuse 0 orphan 2 tw 0 alloc 9 mem 3\n")))
    assert.same({ "sockets: TCP" }, dirty.differences(
      dirty.parse("n TCP: inuse 0 orphan 1 tw 0 alloc 7 mem 1\n"),
      dirty.parse("n TCP: inuse 0 orphan 1 tw 1 alloc 7 mem 1\n")))
  end)

  it("is told of what could not be looked at, also when that was so before", function()
    local lines = dirty.parse("! /secret\np 1 a\n")
    assert.same({ "what could not be looked at: /secret" }, dirty.differences(lines, lines))
  end)
end)
