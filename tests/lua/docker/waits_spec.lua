--- How long an engine is waited for: learnt, kept in a file, told when it is passed.
local client_of = require("engine.docker.client")
local fakes = dofile("tests/lua/docker/fakes.lua")
local fs = require("core.fs")
local images_of = require("engine.backend.container.images")
local json = require("core.json")
local things = require("engine.docker.things")
local waits = require("engine.docker.waits")

local PING = { match = "/_ping$", body = "OK",
  headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } }

describe("waits for an engine", function()
  local dir, path

  before_each(function()
    dir = assert(fs.tempdir())
    path = dir .. "/clnrm/waits.json"
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  --- Writes a history: a list of times for each key.
  local function history(times)
    local list = json.array()
    for key, ms in pairs(times) do
      list[#list + 1] = { key = key, ms = json.array(ms) }
    end
    assert(fs.mkdir_p(dir .. "/clnrm"))
    assert(fs.write_atomic(path, json.encode({ format = 1, waits = list })))
  end

  local function times(count, ms)
    local list = {}
    for i = 1, count do
      list[i] = i == 7 and ms or 100
    end
    return list
  end

  it("have a fixed limit first, then one by what was seen, a least and a most", function()
    history({ ["create redis:7"] = times(31, 3500), ["start redis:7"] = times(31, 200),
      ["agent redis:7"] = times(7, 3500), ["create big"] = times(8, 90000) })
    local one = waits.new({ path = path, cap_ms = 90000 })
    local function limit(...)
      return { one:limit(...) }
    end
    assert.same({ 14000, "p99 of 31 creates here is 3.5 s × 4" }, limit("create", "redis:7"))
    assert.same({ 10000, "p99 of 31 starts here is 0.2 s × 4, and the least is 10 s" },
      limit("start", "redis:7"))
    assert.same({ 30000, "the limit until 8 answers are known here, and 7 are" },
      limit("agent", "redis:7"))
    assert.same({ 90000, "the most that containers.max_wait allows" }, limit("create", "big"))
    assert.same(60000, (one:limit("pull", "redis:7")))
    assert.equal(300, (waits.new({ path = path, cap_ms = 300 }):limit("pull", "x")))
  end)

  it("that are passed say by how much, and make the next one longer", function()
    local floor = waits.FLOOR_MS
    waits.FLOOR_MS = 40
    finally(function()
      waits.FLOOR_MS = floor
    end)
    history({ ["create redis:7"] = times(31, 75) })
    local fake <close> = fakes.engine({ PING,
      { match = "POST .*/containers/create", delay = 20, status = 201, body = { Id = "ab" } },
      -- it is made after all, as soon as the engine comes to it
      { match = "GET .*/containers/json", times = 1, body = json.array() },
      { match = "GET .*/containers/json", times = 1,
        body = json.array({ { Id = "ab", Labels = {} } }) },
      { match = "GET .*/containers/json", body = json.array() },
      { match = "DELETE .*/containers/ab", status = 204 },
      { match = "GET .*/containers/ab/json", status = 404, body = { message = "none" } } })
    local client <close> = assert(client_of.connect({
      getenv = function(name)
        return name == "DOCKER_HOST" and fake.host or nil
      end,
    }))
    local noted = {}
    local guard = {
      note = function(_, kind)
        noted[#noted + 1] = "note " .. kind
        return true
      end,
      gone = function(_, kind)
        noted[#noted + 1] = "gone " .. kind
      end,
    }
    local one = waits.new({ path = path })
    local function create()
      return one:timed("create", "redis:7", function(ms)
        local maker = { client = client, guard = guard, labels = {} }
        return things.make(maker, "container", {}, nil, ms)
      end)
    end
    local made, err = create()
    assert.is_nil(made)
    assert.equal("ETIMEDOUT", err.code)
    assert.equal("create (redis:7) took longer than 0.4 s: p99 of 31 creates here is 0.1 s × 4",
      err.message)
    assert.same({ "note container", "gone container" }, noted)
    assert.matches("DELETE ", json.encode(fake:log()))
    assert.equal(1600, (one:limit("create", "redis:7")))
    assert(one:save())
    assert.equal(1600, (waits.new({ path = path }):limit("create", "redis:7")))
  end)

  it("that are passed say by which program to look at the engine", function()
    for _, engine in ipairs({ "docker", "podman" }) do
      local err = waits.late("create", engine .. ", redis:7", { code = "ETIMEDOUT" }, 400, "why")
      assert.matches(("alive (%s info)"):format(engine), err.detail.help, 1, true)
    end
  end)

  it("are of a pull without progress, not of the whole pull", function()
    local kinds = waits.KINDS
    local first = kinds.pull.first_ms
    kinds.pull.first_ms = 2000
    finally(function()
      kinds.pull.first_ms = first
    end)
    local none = { match = "GET .*/images/", status = 404, body = { message = "none" } }
    local line = '{"status":"Downloading"}\r\n'
    local function pull(rule)
      rule.match = "POST .*/images/create"
      local fake <close> = fakes.engine({ PING, none, rule })
      local client <close> = assert(client_of.connect({
        getenv = function(name)
          return name == "DOCKER_HOST" and fake.host or nil
        end,
      }))
      local images = images_of.new("docker")
      images.waits = waits.new({ path = path })
      local _, err = images:get(client, { kind = "stored", name = "r:5000/a:1", text = "a" }, {
        add_value = function() end,
      })
      return err.message
    end
    -- a line each 0.2 s: the whole takes longer than the limit, and ends without an image
    local chunks = {}
    for i = 1, 15 do
      chunks[i] = line
    end
    assert.matches("no such image", pull({ between = 0.2, chunks = chunks }))
    assert.matches("a pull without progress %(docker, r:5000/a:1%) took longer than 2 s: the "
      .. "limit", pull({ hang = true }))
  end)

  it("are kept in a small file that several programs may write", function()
    local a, b = waits.new({ path = path }), waits.new({ path = path })
    for i = 1, waits.KEYS_MAX + 50 do
      a:add("start", "image" .. i, i)
    end
    for i = 1, waits.SAMPLES_MAX + 50 do
      a:add("create", "x", i)
    end
    assert(a:save())
    b:add("create", "x", 7000)
    assert(b:save())
    local root = json.decode(assert(fs.read(path)))
    assert.equal(waits.KEYS_MAX, #root.waits)
    local last = root.waits[#root.waits]
    assert.same({ "create x", waits.SAMPLES_MAX, 7000, 114 },
      { last.key, #last.ms, last.ms[#last.ms], last.ms[#last.ms - 1] })
    assert.equal(384, fs.stat(path).mode & 511)
    assert(fs.stat(path).size < waits.SIZE_MAX // 4)
  end)

  it("begin anew where the file is none of theirs, and say so", function()
    for _, text in ipairs({ "", "junk", "{}", '{"format":2,"waits":[]}', '{"format":1,"waits":{}}',
      '{"format":1,"waits":[{"key":"a","ms":[1,-1]}]}',
      '{"format":1,"waits":[{"key":"a","ms":["1"]}]}',
      '{"format":1,"waits":[7]}', '{"format":1,"waits":[' .. ("["):rep(100000) }) do
      assert(fs.mkdir_p(dir .. "/clnrm"))
      assert(fs.write_atomic(path, text))
      local told = {}
      local one = waits.new({ path = path, tell = function(said)
        told[#told + 1] = said
      end })
      assert.equal(60000, (one:limit("create", "a")))
      one:limit("create", "b")
      assert.equal(1, #told)
      assert.matches("is not what clnrm wrote, and is begun anew", told[1])
      one:add("create", "a", 5)
      assert(one:save())
      assert.equal(1, #json.decode(assert(fs.read(path))).waits)
    end
    local one = waits.new({ path = dir .. "/none.json", tell = error })
    assert.equal(60000, (one:limit("create", "a"))) -- there is none yet: nothing to tell
  end)
end)
