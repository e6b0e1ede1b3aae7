-- luacheck: no max line length
--- clnrm pull: images of test files, by a real engine from a real registry, and clnrm.lock.
local engines = dofile("tests/lua/docker/engines.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local hash = require("core.hash")
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local PING = { match = "/_ping$", body = "OK", headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } }

local function suite(image)
  return ([==[
[meta]
name = "t"

[services.one]
image = "%s"

[services.two]
image = "%s"

[[steps]]
name = "s"
service = "one"
command = ["true"]
]==]):format(image, image)
end

describe("clnrm pull", function()
  local dir, engine, registry, why, base

  setup(function()
    engine, why = engines.engine()
    if engine then
      registry, why = engines.registry({ engine = engine, auth = "ann:l0ngpassw0rd" })
    end
    base = registry and assert(engines.image("busybox"))
  end)

  teardown(function()
    if registry then
      local left = engine:docker("images", "-q", "--no-trunc", registry.address .. "/x/app") or ""
      for id in left:gmatch("%S+") do
        engine:docker("rmi", "-f", id) -- those that a digest names have no tag to go by
      end
      registry:close()
    end
  end)

  local function clnrm(...)
    local env = { DOCKER_HOST = engine and engine.host, HOME = dir .. "/home" }
    return support.run({ ... }, { cwd = dir .. "/p", env = env, deadline_s = 120 })
  end

  local function docker(...)
    local out, reason = engine:docker(...)
    return assert(out, reason)
  end

  --- Makes an image of its own in the registry, and takes it out of the engine.
  local function push(tag, word)
    local name = registry.address .. "/x/app:" .. tag
    support.write(dir .. "/build/word", word)
    support.write(dir .. "/build/Dockerfile", ("FROM %s\nCOPY word /word\n"):format(base))
    assert(engines.run({ "env", "DOCKER_BUILDKIT=0", "docker", "--host", engine.host, "build", "-q", "-t", name, dir .. "/build" }))
    assert(engines.run({ "env", "DOCKER_CONFIG=" .. dir .. "/home/.docker", "docker", "--host", engine.host, "push", "-q", name }))
    docker("rmi", name)
    return name
  end

  local function id_of(name)
    return docker("image", "inspect", "-f", "{{.Id}}", name)
  end

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/p/clnrm.toml", "")
    support.write(dir .. "/home/.docker/config.json", json.encode({
      auths = { [registry and registry.address or "x"] = { auth = hash.base64("ann:l0ngpassw0rd") } },
    }))
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("gets each image once, and writes clnrm.lock, which --locked keeps to", function()
    if not registry then
      return pending(why)
    end
    local name = push("1", "first")
    finally(function()
      engine:docker("rmi", "-f", name)
    end)
    support.write(dir .. "/p/a.clnrm.toml", suite(name))
    local got = clnrm("pull")
    assert.same({ 0, "" }, { got.code, got.err })
    assert.matches("^ +pulled " .. name .. "  sha256:%x+  linux/%w+, [%d.]+ MiB\n +wrote clnrm.lock\n$", (got.out:gsub("%-", "-")))
    local first, lock = id_of(name), support.read(dir .. "/p/clnrm.lock")
    assert.matches(('id = "%s"'):format(first), lock, 1, true)
    assert.matches('digest = "sha256:', lock, 1, true)

    got = clnrm("pull", "--format", "json")
    local out = assert(json.decode(got.out))
    assert.same({ 1, false, first, false }, { #out.images, out.images[1].is_new, out.images[1].id, out.lock.is_changed })
    assert.equal(lock, support.read(dir .. "/p/clnrm.lock"))

    -- the tag moves
    docker("rmi", name)
    assert.equal(name, push("1", "second"))
    got = clnrm("pull", "--locked")
    assert.same({ 0, "" }, { got.code, got.err })
    assert.equal(first, id_of(name))
    assert.equal(lock, support.read(dir .. "/p/clnrm.lock"))
    got = clnrm("pull", "--locked")
    assert.matches("up to date", got.out)

    got = clnrm("pull", "-j", "1")
    assert.equal(0, got.code, got.err)
    assert.matches("pulled", got.out)
    assert.is_not.equal(first, id_of(name))
    local moved = support.read(dir .. "/p/clnrm.lock")
    assert.is_not.equal(lock, moved)

    -- an image of the command line changes the lock only where it stands there
    support.write(dir .. "/p/clnrm.lock", lock)
    got = clnrm("pull", name)
    assert.equal(0, got.code, got.err)
    assert.equal(moved, support.read(dir .. "/p/clnrm.lock"))
    support.write(dir .. "/p/clnrm.lock", "format = 1\n")
    got = clnrm("pull", name)
    assert.equal(0, got.code, got.err)
    assert.equal("format = 1\n", support.read(dir .. "/p/clnrm.lock"))

    got = clnrm("pull", "--locked")
    assert.equal(2, got.code)
    assert.matches("is not in clnrm.lock", got.err, 1, true)
  end)

  it("tells what fails, and gets the others", function()
    if not registry then
      return pending(why)
    end
    local name = push("2", "word")
    finally(function()
      engine:docker("rmi", "-f", name)
    end)
    local none = registry.address .. "/x/none:1"
    support.write(dir .. "/p/a.clnrm.toml", suite(name))
    support.write(dir .. "/p/b.clnrm.toml", suite(none))
    local got = clnrm("pull")
    assert.equal(6, got.code)
    assert.matches(none .. " cannot be pulled: ", got.err, 1, true)
    assert.matches("pulled " .. name, got.out, 1, true)
    local lock = support.read(dir .. "/p/clnrm.lock")
    assert.matches("/x/app:2", lock, 1, true)
    assert.is_nil(lock:find("none", 1, true))

    docker("rmi", name)
    support.write(dir .. "/home/.docker/config.json", "{}")
    got = clnrm("pull", name)
    assert.equal(6, got.code)
    assert.matches("docker login " .. registry.address, got.err, 1, true)
    assert.is_nil(got.err:find("l0ngpassw0rd", 1, true))
  end)

  describe("of modules that have an image of their own", function()
    local DIGEST = "sha256:" .. ("a"):rep(64)
    local IMAGE = { Id = "sha256:" .. ("b"):rep(64), Os = "linux", Architecture = "amd64", Size = 7, RepoDigests = { "redis@" .. DIGEST }, Config = {} }
    local RULES = { PING, { match = "version$", body = { Os = "linux", Arch = "amd64" } }, { match = "GET .*/images/", body = IMAGE }, { match = "create", body = "" } }
    local MODULE = '[meta]\nname = "m"\n[services.cache]\nplugin = "redis"\n%s[[steps]]\nname = "s"\ncommand = ["true"]\n'

    local function at(fake, command, env)
      env = env or {}
      env.DOCKER_HOST, env.HOME = fake.host, dir .. "/home"
      return support.sh("clnrm " .. command, { cwd = dir .. "/p", env = env })
    end

    --- The names that the engine was asked to pull.
    local function asked(fake)
      local list = {}
      for _, entry in ipairs(fake:log()) do
        list[#list + 1] = entry.request:match("POST .*/images/create%?(%S+)")
      end
      return list
    end

    it("gets it, and locks it", function()
      local fake <close> = fakes.engine(RULES)
      support.write(dir .. "/p/a.clnrm.toml", MODULE:format(""))
      local got = at(fake, "pull")
      assert.equal(0, got.code, got.err)
      assert.matches("up to date redis:7 ", got.out, 1, true)
      assert.equal(1, #asked(fake))
      assert.matches("fromImage=docker.io%2Flibrary%2Fredis", asked(fake)[1], 1, true)
      assert.matches('name = "docker.io/library/redis:7"\nplatform = "linux/amd64"\ndigest = "' .. DIGEST, support.read(dir .. "/p/clnrm.lock"), 1, true)
    end)

    it("leaves it where the file names another, or the rooms are the sandbox's", function()
      local fake <close> = fakes.engine(RULES)
      support.write(dir .. "/p/a.clnrm.toml", MODULE:format('image = "host"\n'))
      assert.matches("names an image of a registry", at(fake, "pull").out)
      support.write(dir .. "/p/a.clnrm.toml", MODULE:format(""))
      assert.matches("names an image of a registry", at(fake, "pull", { CLNRM_BACKEND = "sandbox" }).out)
      support.write(dir .. "/p/a.clnrm.toml", MODULE:format('image = "rootfs:."\n'))
      assert.same({}, asked(fake))
    end)

    it("notes that one of the project's own modules is not known yet", function()
      local fake <close> = fakes.engine(RULES)
      support.write(dir .. "/p/services/redis.lua", "error('executed')")
      support.write(dir .. "/p/a.clnrm.toml", MODULE:format(""))
      local got = at(fake, "pull")
      assert.same({ 0, "no test file names an image of a registry\n" }, { got.code, got.out })
      assert.equal("note: a.clnrm.toml: the image of the project's module 'redis' is known when it runs\n", got.err)
    end)

    it("is refused by run --locked when the lock does not have it, and nobody is asked for it", function()
      local fake <close> = fakes.engine(RULES)
      support.write(dir .. "/p/a.clnrm.toml", MODULE:format(""))
      support.write(dir .. "/p/clnrm.lock", "format = 1\n")
      local got = at(fake, "run --locked --backend docker")
      assert.equal(2, got.code, got.out)
      assert.matches("E009", got.out)
      assert.matches("docker.io/library/redis:7 for linux/amd64 is not in clnrm.lock", got.out, 1, true)
      assert.same({}, asked(fake))
    end)
  end)

  it("has nothing to do where no file names an image", function()
    support.write(dir .. "/p/a.clnrm.toml", support.HELLO)
    local got = clnrm("pull")
    assert.same({ 0, "no test file names an image of a registry\n", "" }, { got.code, got.out, got.err })
    assert.equal('{"images":[],', clnrm("pull", "--json").out:match('^{"images":%[%],'))
    assert.is_nil(support.read(dir .. "/p/clnrm.lock"))
  end)

  it("refuses what is neither a file nor an image, and options that mean nothing to it", function()
    support.write(dir .. "/p/bad.clnrm.toml", "[meta")
    for _, case in ipairs({
      { { "pull", "No!" }, 2, "is no file, and as an image it" }, { { "pull", "none.clnrm.toml" }, 2, "none.clnrm.toml" },
      { { "pull", "../home" }, 4, "no test file in this folder" },
      { { "pull", "bad.clnrm.toml" }, 2, "bad.clnrm.toml" }, { { "pull", "--allow", "host-hooks", "redis" }, 2, "nothing that --allow host-hooks permits" },
    }) do
      local got = clnrm(table.unpack(case[1]))
      assert.equal(case[2], got.code, got.err)
      assert.matches(case[3], got.err, 1, true)
    end
  end)

  it("says where an engine is missing, or is not to be spoken to", function()
    support.write(dir .. "/p/clnrm.toml", "")
    local function at(host, ...)
      return support.run({ "pull", "redis:7", ... }, { cwd = dir .. "/p", env = { DOCKER_HOST = host, HOME = dir }, deadline_s = 60 })
    end
    local got = at("unix://" .. dir .. "/none")
    assert.equal(6, got.code)
    assert.matches("Docker does not run here", got.err)
    got = at("tcp://192.0.2.1:2375")
    assert.equal(6, got.code)
    assert.matches("--allow insecure-docker permits it", got.err, 1, true)
    local fake <close> = fakes.engine({ PING, { match = "version$", body = { Os = "linux", Arch = "amd64" } }, { match = "GET .*/images/", status = 404, body = { message = "no" } }, { match = "create", body = "" } })
    got = at(fake.host)
    assert.equal(6, got.code) -- a 200 without an image is none
    assert.matches("redis:7 cannot be pulled: the engine tells of no failure, and has no such image", got.err, 1, true)
    assert.is_nil(support.read(dir .. "/p/clnrm.lock"))
  end)
end)
