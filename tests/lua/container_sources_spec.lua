--- Where containers could put a link, and what they were shown instead.
local fs = require("core.fs")
local sources = require("engine.backend.container.sources")
local task = require("clnrm.task")
local beside = require("engine.backend.volumes")

local function bind(source, target)
  return { Type = "bind", Source = source, Target = target }
end

local function room(name, volumes, more)
  local services = {}
  for i, list in ipairs(volumes) do
    services[i] = { name = "s" .. i, volumes = list }
  end
  local guard = {}
  function guard.journal_path()
    return "/own/state/j"
  end
  local client = { call = function() -- no other runs are there
    return {}
  end }
  local made = { name = name, spec = { services = services }, shows_project = false,
    session = { dir = "/own/dir", guard = guard, client = client, labels = {} } }
  for key, value in pairs(more or {}) do
    made[key] = value
  end
  return made
end

local function volume(source, read_only)
  return { source = source, read_only = read_only or false, target = "/t" }
end

describe("sources of mounts", function()
  local OWN = [[
22 1 254:0 / / rw,relatime - ext4 /dev/a rw
23 22 0:40 / /mnt/a\040b rw,relatime - tmpfs x rw
24 22 254:3 /@ /sub rw,relatime - btrfs /dev/b rw
]]

  local function compare(its, ...)
    return sources.compare({ Mounts = { ... } }, OWN, its)
  end

  it("are what the container has, by file system and place", function()
    assert.is_nil(compare([[
50 49 0:90 / / rw - overlay overlay rw
51 50 254:0 /p/x /h ro,relatime - ext4 /dev/a rw
52 50 0:40 /c /elsewhere rw,relatime - tmpfs x rw
53 50 254:3 /@/deep /v rw,relatime - btrfs /dev/b rw
54 50 254:0 / /root ro,relatime - ext4 /dev/a rw
]], bind("/p/x", "/h"), bind("/mnt/a b/c", "/c"), bind("/sub/deep", "/v"), bind("/", "/root"),
      { Type = "volume", Source = "name", Target = "/w" }))
  end)

  it("are the same when a service has replaced or removed them since", function()
    local line = "51 50 254:0 %s /h rw - ext4 /dev/a rw\n"
    assert.is_nil(compare(line:format("/p/x//deleted"), bind("/p/x", "/h")))
    assert.equal("EPOLICY", compare(line:format("/p/y//deleted"), bind("/p/x", "/h")).code)
  end)

  it("have gone by now when another thing is at their place", function()
    local function gone(root)
      return sources.has_gone({ Mounts = { bind("/p/x", "/h") } }, OWN, ([[
51 50 254:0 %s /h rw - ext4 /dev/a rw
52 50 254:0 /hosts//deleted /etc/hosts rw - ext4 /dev/a rw
]]):format(root))
    end
    assert.is_false(gone("/p/x"))
    assert.is_true(gone("/p/x//deleted"))
    assert.is_true(gone("/p/old"))
  end)

  it("may be elsewhere in what their own service can write to", function()
    local top, line = "51 50 254:0 /p /w rw - ext4 /dev/a rw\n", "52 50 %s /h rw - ext4 /dev/a rw\n"
    local function of(place, mode)
      local outer = bind("/p", "/w")
      outer.ReadOnly = mode == "ro"
      return (compare(top .. line:format(place), outer, bind("/p/x", "/h")) or {}).code
    end
    assert.is_nil(of("254:0 /p/old"))
    assert.is_nil(of("254:0 /p/y/old//deleted"))
    for _, place in ipairs({ "254:0 /p", "254:0 /px", "254:0 /etc", "254:3 /p/old" }) do
      assert.equal("EPOLICY", of(place), place)
    end
    assert.equal("EPOLICY", of("254:0 /p/old", "ro"))
    assert.equal("EPOLICY", (compare(top, bind("/p", "/w"), bind("/p/x", "/h")) or {}).code)
  end)

  describe("of a container that has ended", function()
    local top, host

    before_each(function()
      top = assert(fs.realpath(assert(fs.tempdir())))
      assert(fs.mkdir_p(top .. "/a/b"))
      host = { Mounts = { bind(top .. "/a/b", "/h") } }
    end)

    after_each(function()
      assert(fs.remove_tree(top))
    end)

    local function shown()
      return sources.shown(host, { State = { Pid = 0 } }, "no such container")
    end

    it("are taken where they are what they were", function()
      assert.is_nil(shown())
    end)

    it("are not known where one has been replaced", function()
      assert(fs.rename(top .. "/a/b", top .. "/a/c"))
      assert(fs.symlink(top .. "/a/b", "/etc"))
      local err = shown()
      assert.equal("EAGENT", err.code)
      assert.matches("not known what the container was shown: .*it leads to /etc now", err.message)
    end)

    it("are its own matter in a folder that it can write to", function()
      host.Mounts[2] = bind(top .. "/a", "/w")
      assert(fs.remove_tree(top .. "/a/b"))
      assert.is_nil(shown())
      host.Mounts[2].ReadOnly = true
      assert.equal("EAGENT", shown().code)
    end)
  end)

  for what, line in pairs({
    ["another place"] = "51 50 254:0 /etc /h ro - ext4 /dev/a rw",
    ["another file system"] = "51 50 254:3 /p/x /h ro - ext4 /dev/b rw",
    ["a place below"] = "51 50 254:0 /p/x/y /h ro - ext4 /dev/a rw",
    ["nothing"] = "50 49 0:90 / / rw - overlay overlay rw",
  }) do
    it("are not: " .. what, function()
      local err = compare(line .. "\n", bind("/p/x", "/h"))
      assert.equal("EPOLICY", err.code)
      assert.matches("/p/x was to be shown at /h, and the container was shown something else",
        err.message, 1, true)
    end)
  end

  it("are not, when one of two alike is another", function()
    local line = "51 50 254:0 /p/x /h ro - ext4 /dev/a rw\n"
    assert.is_nil(compare(line .. line, bind("/p/x", "/h"), bind("/p/x", "/i")))
    assert.equal("EPOLICY", compare(line, bind("/p/x", "/h"), bind("/p/x", "/i")).code)
  end)

  it("are looked at before the engine is asked", function()
    local top = assert(fs.realpath(assert(fs.tempdir())))
    assert(fs.mkdir_p(top .. "/a/b"))
    local host = { Mounts = { bind(top .. "/a/b", "/h") } }
    assert.is_nil(sources.check(host))
    assert(fs.rename(top .. "/a", top .. "/c"))
    assert.matches("cannot be found any more", sources.check(host).message)
    assert(fs.symlink(top .. "/a", top .. "/c"))
    assert.matches("it leads to " .. top .. "/c/b now", sources.check(host).message, 1, true)
    assert(fs.remove_tree(top))
  end)

  for what, case in pairs({
    ["below another's volume"] = { { { volume("/p") }, { volume("/p/x", true) } }, true },
    ["the same folder as another"] = { { { volume("/p") }, { volume("/p") } }, false },
    ["below another's, read-only"] = { { { volume("/p", true) }, { volume("/p/x") } }, false },
    ["below one of its own"] = { { { volume("/p"), volume("/p/x") } }, false },
    ["beside another's"] = { { { volume("/p") }, { volume("/px") } }, false },
    ["clnrm's own folder"] = { { { volume("/own/dir") } }, true },
    ["one around clnrm's journal"] = { { { volume("/own") } }, true },
    ["one around clnrm's own, read-only"] = { { { volume("/own", true) } }, false },
  }) do
    it((case[2] and "are refused: " or "are taken: ") .. what, function()
      local one = room("a", case[1])
      local err = sources.enter(one)
      beside.leave(one)
      assert.equal(case[2] and "EPOLICY" or nil, err and err.code)
    end)
  end

  it("are refused below a folder that the project lies in", function()
    local more = { shows_project = true, project_dir = "/p/project" }
    local err = sources.enter(room("a", { { volume("/p") } }, more))
    assert.matches("the project /p/project lies in /p, which the service 's1' can", err.message)
    local one = room("a", { { volume("/p/project") } }, more)
    assert.is_nil(sources.enter(one))
    beside.leave(one)
  end)

  local function sandbox(source)
    return { services = { { name = "s", volumes = { volume(source) } } }, follows_links = false }
  end

  it("do not matter between rooms that follow no links", function()
    local first, second = {}, {}
    assert.is_nil(beside.enter(first, sandbox("/q")))
    assert.is_nil(beside.enter(second, sandbox("/q/x")))
    beside.leave(first)
    beside.leave(second)
  end)

  it("do not wait for a room below that follows no links", function()
    local first, second = room("first", { { volume("/q") } }), {}
    assert.is_nil(sources.enter(first))
    assert.is_nil(beside.enter(second, sandbox("/q/x")))
    beside.leave(first)
    beside.leave(second)
  end)

  it("wait for a room of the sandbox that writes to a folder above", function()
    local first, second, is_in = {}, room("second", { { volume("/q/x", true) } }), false
    local group <close> = task.group()
    assert.is_nil(beside.enter(first, sandbox("/q")))
    group:spawn(function()
      assert.is_nil(sources.enter(second))
      is_in = true
    end)
    task.sleep(20)
    assert.is_false(is_in)
    beside.leave(first)
    assert(group:wait())
    assert.is_true(is_in)
    beside.leave(second)
  end)

  describe("beside another room", function()
    local suite = { file = "f" }
    local first, wait_ms = {}, beside.WAIT_MS

    local function enter_first(test)
      local entry = sandbox("/q")
      entry.owner = { name = "first", test = test }
      assert.is_nil(beside.enter(first, entry))
    end

    local function enter_second(test)
      local one = room("second", { { volume("/q/x") } })
      local err = sources.enter(one, { name = "second", test = test })
      beside.leave(one)
      return err
    end

    after_each(function()
      beside.leave(first)
      beside.WAIT_MS = wait_ms
      beside.settle({})
      beside.expect({})
    end)

    local test = { suite = suite }
    for what, pair in pairs({
      ["of the same test"] = { test, test },
      ["that the tests of its file share"] = { { suite = suite, is_file = true }, test },
      ["of a test, when its file has one"] = { test, { suite = suite, is_file = true } },
    }) do
      it("are refused at once: " .. what, function()
        enter_first(pair[1])
        local err = enter_second(pair[2])
        assert.equal("EPOLICY", err.code)
        assert.matches("which the service 's' of 'first', which is there still, can", err.message)
      end)
    end

    it("are the machine's matter when that is kept", function()
      enter_first(test)
      beside.keep(first)
      local err = enter_second({ suite = suite })
      assert.equal("EBESIDE", err.code)
      assert.matches("; 'first' is kept$", err.message)
    end)

    it("are the machine's matter at once when that stays for a file or the run", function()
      enter_first({ suite = { file = "g" }, is_file = true })
      local err = enter_second(test)
      assert.equal("EBESIDE", err.code)
      assert.matches("; 'first' stays$", err.message)
    end)

    local function of_script(is_file)
      return { suite = { file = "l" }, fn = print, is_file = is_file }
    end

    it("are refused for what stays, whoever was there first", function()
      enter_first(test)
      local err = enter_second(of_script(true))
      assert.equal("EBESIDE", err.code)
      assert.matches("; 'first' is of the same run, in which this one stays$", err.message)
      beside.leave(first)
      assert.matches("the service 's' of 'first' can write to.*; 'first' is of the same run, ",
        enter_second(of_script(true)).message)
      assert.is_nil(enter_second(of_script()))
      beside.settle({}) -- another run
      assert.is_nil(enter_second(of_script(true)))
    end)

    it("are refused beside a room that a file shares, whether it is there or not", function()
      local entry = sandbox("/q")
      entry.owner = { name = "f1", test = { suite = { file = "f1" }, is_file = true } }
      beside.expect({ entry })
      local err = enter_second(of_script())
      assert.equal("EBESIDE", err.code)
      assert.matches("which the service 's' of 'f1' can write to.*; 'f1' stays$", err.message)
      assert.is_nil(enter_second(test)) -- of a file: the scheduler sees to that
      beside.expect({})
      assert.is_nil(enter_second(of_script()))
    end)

    it("are refused where two would wait for each other", function()
      local a, b, rest = of_script(), of_script(), {}
      local group <close> = task.group()
      local function enter(source, test_of, may_write)
        local one = room(source, { { volume(source, not may_write) } })
        rest[#rest + 1] = one
        return sources.enter(one, { name = source, test = test_of })
      end
      assert.is_nil(enter("/p", a, true))
      assert.is_nil(enter("/q", b, true))
      group:spawn(function()
        assert.is_nil(enter("/q/x", a)) -- a waits for b
      end)
      task.sleep(20)
      local err = enter("/p/x", b)
      assert.equal("EBESIDE", err.code)
      assert.matches("; '/p' waits for this one$", err.message)
      beside.leave(rest[2]) -- b ends
      assert(group:wait())
      for _, one in ipairs(rest) do
        beside.leave(one)
      end
    end)

    it("hear that it is kept while they wait", function()
      enter_first(test)
      local group <close> = task.group()
      group:spawn(function()
        assert.equal("EBESIDE", enter_second({ suite = suite }).code)
      end)
      task.sleep(20)
      beside.keep(first)
      assert(group:wait())
    end)

    it("are the machine's matter when that never goes, and tell once for whom they wait", function()
      local told = {}
      beside.WAIT_MS = 30
      beside.settle({ tell = function(text)
        told[#told + 1] = text
      end })
      enter_first(test)
      local err = enter_second({ suite = suite })
      assert.equal("EBESIDE", err.code)
      assert.equal(1, #told)
      assert.matches("^'second' waits for 'first': the volume /q/x of the service 's1' lies in /q,",
        told[1])
    end)
  end)

  for what, pair in pairs({
    ["below the other's"] = { volume("/q"), volume("/q/x") },
    ["around the other's"] = { volume("/q/x", true), volume("/q") },
  }) do
    it("wait for another room to be gone: " .. what, function()
      local first, second = room("first", { { pair[1] } }), room("second", { { pair[2] } })
      local group <close> = task.group()
      local order = {}
      assert.is_nil(sources.enter(first))
      group:spawn(function()
        assert.is_nil(sources.enter(second))
        order[#order + 1] = "second"
      end)
      task.sleep(20)
      order[#order + 1] = "first leaves"
      beside.leave(first)
      assert(group:wait())
      beside.leave(second)
      assert.same({ "first leaves", "second" }, order)
    end)
  end
end)
