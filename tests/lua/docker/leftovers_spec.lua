local error_new = require("core.error").new
local leftovers = require("engine.docker.leftovers")
local task = require("core.task")

local OURS = { ["clnrm.run"] = "r" }

--- An engine made of three lists.  `answers` has what a DELETE of an id answers, in turn.
local function engine(things, answers)
  local fake = { asked = {}, lists = 0, removed = {} }
  local KEYS = {
    ["/containers/json"] = "container", ["/networks"] = "network", ["/volumes"] = "volume",
  }
  local function list(kind)
    local found = {}
    for _, thing in ipairs(things) do
      if thing.kind == kind and not fake.removed[thing.id] then
        found[#found + 1] = kind == "volume"
          and { Name = thing.id, Labels = thing.labels or OURS, CreatedAt = thing.at }
          or { Id = thing.id, Names = thing.names or { "/" .. thing.id }, Name = thing.id,
            Created = thing.at, Labels = thing.labels or OURS }
      end
    end
    return kind == "volume" and { Volumes = found } or found
  end
  function fake.call(_, method, path, opts)
    if method == "GET" then
      fake.lists = fake.lists + (path == "/networks" and 1 or 0)
      fake.filter = opts.query.filters.label[1]
      if fake.on_list then
        fake.on_list(things, path)
      end
      return list(KEYS[path])
    end
    local id = path:match("([^/]+)$")
    fake.asked[#fake.asked + 1] = path
    fake.query = opts.query or fake.query
    local answer = answers and answers[id] and table.remove(answers[id], 1) or 204
    if answer == 204 or answer == 404 then
      fake.removed[id] = true
    end
    if answer == 204 then
      return true
    end
    local message = answer == 409 and ("removal of container %s is already in progress"):format(id)
    return nil, error_new({
      code = "X", op = "x", detail = { status = answer }, message = message or "no",
    })
  end
  return fake
end

local function all()
  return true
end

describe("what is left in an engine", function()
  local saved = {}
  setup(function()
    for _, name in ipairs({ "PAUSE_MS", "FRESH_PAUSE_MS" }) do
      saved[name], leftovers[name] = leftovers[name], 1
    end
    saved.PAUSE_MAX_MS, leftovers.PAUSE_MAX_MS = leftovers.PAUSE_MAX_MS, 2
    saved.FRESH_MAX_MS, leftovers.FRESH_MAX_MS = leftovers.FRESH_MAX_MS, 5
  end)
  teardown(function()
    for name, value in pairs(saved) do
      leftovers[name] = value
    end
  end)

  it("goes in the order containers, networks, volumes", function()
    local fake = engine({ { kind = "volume", id = "v" }, { kind = "network", id = "n" },
      { kind = "container", id = "c" } })
    assert.is_true(leftovers.clear(fake, { want = all, run = "r" }))
    assert.same({ "/containers/c", "/networks/n", "/volumes/v" }, fake.asked)
    assert.equal("clnrm.run=r", fake.filter)
    assert.same({ force = true }, fake.query)
  end)

  it("is what is wanted, and has our label, whatever the engine's filter gives", function()
    local fake = engine({ { kind = "container", id = "a" }, { kind = "container", id = "b" },
      { kind = "container", id = "c", labels = {} },
      { kind = "volume", id = "d", labels = { x = "y" } } })
    assert.is_true(leftovers.clear(fake, {
      want = function(thing)
        return thing.id ~= "b"
      end,
    }))
    assert.same({ "/containers/a" }, fake.asked)
    assert.equal("clnrm.run", fake.filter)
  end)

  it("is no container that has labels of ours from its image", function()
    local labels = { ["clnrm.run"] = "r", ["clnrm.thing"] = "abc" }
    local fake = engine({ { kind = "container", id = "of-a-commit", labels = labels },
      { kind = "container", id = "a", labels = labels, names = { "/x/y", "/clnrm-abc" } },
      { kind = "container", id = "half-gone", labels = labels, names = {} },
      { kind = "network", id = "n", labels = labels } })
    assert.is_true(leftovers.clear(fake, { want = all }))
    table.sort(fake.asked)
    assert.same({ "/containers/a", "/containers/half-gone", "/networks/n" }, fake.asked)
  end)

  it("is one that was kept, by its id, whatever its name has become", function()
    local labels = { ["clnrm.run"] = "r", ["clnrm.thing"] = "abc" }
    local fake = engine({ { kind = "container", id = "of-a-commit", labels = labels },
      { kind = "container", id = "renamed", labels = labels } })
    assert.is_true(leftovers.clear(fake, { want = all, ids = { renamed = true } }))
    assert.same({ "/containers/renamed" }, fake.asked)
  end)

  it("is gone when the engine says so: 404, and a removal under way", function()
    local fake = engine({ { kind = "container", id = "a" }, { kind = "container", id = "b" },
      { kind = "network", id = "n" } }, { a = { 404 }, b = { 409, 204 }, n = { 403, 403, 204 } })
    local ok, err, report = leftovers.clear(fake, { want = all })
    assert.is_true(ok)
    assert.is_nil(err)
    assert.same({}, report.failed)
    assert.equal(6, #fake.asked)
    local gone = {}
    for key in pairs(report.removed) do
      gone[#gone + 1] = key
    end
    table.sort(gone)
    assert.same({ "containera", "containerb", "networkn" }, gone)
  end)

  it("is tried ten times, and told of then; the others go", function()
    local refusals = {}
    for i = 1, 20 do
      refusals[i] = 500
    end
    local fake = engine({ { kind = "container", id = "a" }, { kind = "volume", id = "v" } },
      { a = refusals })
    local ok, err, report = leftovers.clear(fake, { want = all })
    assert.is_nil(ok)
    assert.equal(500, err.detail.status)
    assert.equal(11, #fake.asked)
    assert.equal("a", report.failed.containera.thing.id)
    assert.equal("v", report.removed.volumev.id)
  end)

  it("that is removed and stays is told of as well", function()
    local fake = engine({ { kind = "container", id = "a" } })
    function fake.on_list()
      fake.removed = {}
    end
    local ok, err = leftovers.clear(fake, { want = all })
    assert.is_nil(ok)
    assert.equal("ETIMEDOUT", err.code)
    assert.equal(10, #fake.asked)
  end)

  it("is listed again when something was made right before", function()
    local things = { { kind = "container", id = "a", at = os.time() } }
    local fake = engine(things)
    function fake.on_list(list, path)
      if path == "/containers/json" and fake.lists == 2 then -- it was on its way
        list[#list + 1] = { kind = "container", id = "late", at = os.time() }
      end
    end
    assert.is_true(leftovers.clear(fake, { want = all }))
    assert.same({ "/containers/a", "/containers/late" }, fake.asked)
    local old = engine({ { kind = "container", id = "a", at = os.time() - 60 } })
    assert.is_true(leftovers.clear(old, { want = all }))
    assert.equal(2, old.lists)
    assert.is_true(fake.lists > 3)
  end)

  it("is left where it is when the removal is given up, and nothing goes on behind it", function()
    local things = {}
    for i = 1, 20 do
      things[i] = { kind = "container", id = "c" .. i }
    end
    local fake = engine(things)
    local call, under_way, most = fake.call, 0, 0
    function fake.call(self, method, path, opts)
      if method == "DELETE" then
        under_way = under_way + 1
        most = math.max(most, under_way)
        local slept = task.sleep(20)
        under_way = under_way - 1
        if not slept then
          return nil, error_new({ code = "ECANCELED", op = "x", message = "given up" })
        end
      end
      return call(self, method, path, opts)
    end
    local alive, ok = task.alive(), true
    local removal = task.spawn(function()
      ok = leftovers.clear(fake, { want = all })
    end)
    while #fake.asked == 0 do
      task.sleep(1)
    end
    removal:cancel()
    removal:join()
    assert.is_nil(ok)
    assert.equal(0, under_way)
    assert.equal(leftovers.AT_ONCE, most)
    assert.is_true(#fake.asked > 0 and #fake.asked < 20)
    assert.equal(alive, task.alive())
  end)

  it("waits for what is announced", function()
    local fake, asked = engine({}), 0
    assert.is_true(leftovers.clear(fake, {
      want = all,
      is_settled = function(list_ms)
        assert.is_true(list_ms >= 0)
        asked = asked + 1
        return asked == 4
      end,
    }))
    assert.equal(4, fake.lists)
  end)

  it("knows the times of engines", function()
    for text, seconds in pairs({
      ["1970-01-01T00:00:00Z"] = 0,
      ["2026-11-28T23:05:17Z"] = 1795907117,
      ["2026-11-28T23:05:17.123456789Z"] = 1795907117,
      ["2026-11-29T00:05:17+01:00"] = 1795907117,
      ["2026-11-28T18:35:17-04:30"] = 1795907117,
      ["2024-02-29T12:00:00z"] = 1709208000,
      ["0001-01-01T00:00:00Z"] = -62135596800,
    }) do
      assert.equal(seconds, leftovers.seconds_of(text), text)
    end
    for _, wrong in ipairs({ "", "now", "2026-11-28", "2026-11-28T23:05:17", 5 }) do
      assert.is_nil(leftovers.seconds_of(wrong))
    end
  end)
end)
