-- luacheck: no max line length
--- Images of an engine: pulled from registries, loaded from files, against real ones and a scripted one.
local client_of = require("engine.docker.client")
local engines = dofile("tests/lua/docker/engines.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local images = require("engine.docker.images")
local json = require("core.json")
local load = require("engine.docker.load")
local lock = require("engine.docker.lock")
local secrets = require("engine.run.secrets")

local PING = { match = "/_ping$", body = "OK", headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } }
local SUM, OTHER = "sha256:" .. ("a"):rep(64), "sha256:" .. ("b"):rep(64)
local AUTH = { username = "ann", password = "l0ngpassw0rd", serveraddress = "r:5000" }

local function connect(host)
  return assert(client_of.connect({
    getenv = function(name)
      return name == "DOCKER_HOST" and host or nil
    end,
  }))
end

local function with(rules, fn)
  table.insert(rules, 1, PING)
  local fake <close> = fakes.engine(rules)
  local client <close> = connect(fake.host)
  return fn(client, fake)
end

local function image(fields)
  local object = { Id = SUM, Os = "linux", Architecture = "amd64", RepoDigests = { "r:5000/a/b@" .. OTHER }, Config = { Env = { "A=b" } }, Size = 7 }
  for key, value in pairs(fields or {}) do
    object[key] = value
  end
  return { match = "^GET .*/json$", body = json.encode(object) }
end

describe("an image", function()
  it("is looked at", function()
    with({ image({ Variant = "v8", Architecture = "arm64", RepoDigests = { "r:5000/x@" .. SUM, "r:5000/a/b@" .. OTHER, "junk" } }) }, function(client, fake)
      local found = assert(images.inspect(client, "r:5000/a/b:1"))
      assert.same({ SUM, "linux/arm64/v8", OTHER, { SUM, OTHER }, "r:5000/a/b:1", 7 },
        { found.id, found.platform, found.digest, found.digests, found.name, found.size })
      assert.same({ Env = { "A=b" } }, found.config)
      assert(images.inspect(client, "redis@" .. SUM))
      assert(images.inspect(client, SUM))
      local paths = {}
      for _, entry in ipairs(fake:log()) do
        paths[#paths + 1] = entry.request:match("/images/(.*)/json$")
      end
      assert.equal("r:5000/a/b:1", paths[1])
      assert.equal("docker.io/library/redis@" .. SUM, paths[2])
    end)
  end)

  it("is none when the answer does not say so", function()
    for _, fields in ipairs({ { Id = 7 }, { Id = "x y" }, { Os = 1 }, { Architecture = false } }) do
      with({ image(fields) }, function(client)
        local found, err = images.inspect(client, "a")
        assert.is_nil(found)
        assert.equal("ENGINE_ANSWER", err.code)
      end)
    end
    with({}, function(client)
      local _, err = images.inspect(client, "No!")
      assert.equal("ENGINE_BAD_REQUEST", err.code)
    end)
  end)
end)

describe("a pull", function()
  local LINES = {
    { status = "Pulling from a/b", id = "1" }, { status = "Downloading", id = "l1", progressDetail = { current = 1, total = 2 } },
    { status = "Pull complete", id = "l1", progressDetail = {} }, { status = "Digest: " .. OTHER },
  }
  local function lines(extra)
    local out = {}
    for _, object in ipairs(LINES) do
      out[#out + 1] = json.encode(object)
    end
    out[#out + 1] = extra and json.encode(extra) or nil
    return { match = "^POST .*/images/create", body = table.concat(out, "\r\n") .. "\r\n" }
  end
  local NONE = { match = "^GET .*/json$", times = 1, status = 404, body = { message = "No such image" } }

  it("follows what the engine tells, and looks at what came", function()
    with({ NONE, lines(), image() }, function(client, fake)
      local told, masks = {}, secrets.new({})
      local found, pulled = images.pull(client, "r:5000/a/b:1", { auth = AUTH, masks = masks, platform = "linux/amd64", on_progress = function(progress)
        told[#told + 1] = progress
      end })
      assert.is_true(pulled)
      assert.equal(OTHER, found.digest)
      assert.same({ status = "Downloading", layer = "l1", current = 1, total = 2 }, told[2])
      assert.equal(4, #told)
      local entry = fake:log()[3]
      assert.matches("fromImage=r%3A5000%2Fa%2Fb&platform=linux%2Famd64&tag=1", entry.request, 1, true)
      local header = entry.headers["x-registry-auth"]
      assert.is_nil(masks:mask():text(header):find(header, 1, true))
    end)
  end)

  it("asks for the digest where there is one, and for its presence", function()
    with({ NONE, lines(), image() }, function(client, fake)
      assert(images.pull(client, "r:5000/a/b:1@" .. OTHER, { auth = false }))
      assert.matches("tag=sha256%3Abbb", fake:log()[3].request, 1, true)
    end)
    with({ NONE, lines(), image() }, function(client)
      local found, err = images.pull(client, "r:5000/a/b@" .. SUM, { auth = false })
      assert.is_nil(found)
      assert.equal("ENGINE_ANSWER", err.code)
    end)
  end)

  it("is none when nothing came of it, or something else", function()
    for name, case in pairs({
      ["a 200 without an image"] = { { NONE, { match = "create", body = "" }, NONE, NONE }, "ENGINE_ANSWER" },
      ["lines without an image"] = { { NONE, lines(), NONE }, "ENGINE_ANSWER" },
      ["another platform"] = { { NONE, lines(), image({ Architecture = "arm64" }) }, "ENGINE_ANSWER" },
      ["an error in a line"] = { { NONE, lines({ error = "manifest unknown", errorDetail = { message = "manifest unknown" } }), image() }, "ENGINE_NOT_FOUND" },
      ["a status 404"] = { { NONE, { match = "create", status = 404, body = { message = "pull access denied for x" } }, image() }, "ENGINE_UNAUTHORIZED" },
      ["a status 401"] = { { NONE, { match = "create", status = 401, body = { message = "no" } }, image() }, "ENGINE_UNAUTHORIZED" },
      ["a status 429"] = { { NONE, { match = "create", status = 429, body = { message = "no" } }, image() }, "ENGINE_RATE_LIMIT" },
      ["a status 500"] = { { NONE, { match = "create", status = 500, body = { message = "toomanyrequests: no" } }, image() }, "ENGINE_RATE_LIMIT" },
      ["a cut answer"] = { { NONE, { match = "create", chunks = { '{"status":"x"}\n', '{"stat' }, cut = 110 }, image() }, "ECONNRESET" },
      ["silence"] = { { NONE, { match = "create", hang = true }, image() }, "ETIMEDOUT" },
    }) do
      with(case[1], function(client)
        local found, err = images.pull(client, "r:5000/a/b:1", { auth = AUTH, masks = secrets.new({}), platform = "linux/amd64", idle_ms = 300 })
        assert.is_nil(found, name)
        assert.equal(case[2], err.code, name)
        assert.matches("r:5000/a/b:1 cannot be pulled: ", err.message, 1, true)
        if case[2] == "ENGINE_UNAUTHORIZED" then
          assert.equal("log in to the registry: docker login r:5000", err.detail.help)
        end
      end)
    end
  end)

  it("is left out as its policy says", function()
    with({ image() }, function(client)
      assert.same({ SUM, false }, { images.pull(client, "r:5000/a/b:1").id, select(2, images.pull(client, "r:5000/a/b:1")) })
      local _, err = images.pull(client, "a", { policy = "never", platform = "linux/arm64" })
      assert.matches("a is here for linux/amd64 alone, not for linux/arm64, and it is not pulled", err.message, 1, true)
    end)
    with({ NONE, NONE }, function(client, fake)
      for _, case in ipairs({ { "a", "never" }, { SUM, "always" } }) do
        local found, err = images.pull(client, case[1], { policy = case[2] })
        assert.is_nil(found)
        assert.equal("ENGINE_NOT_FOUND", err.code)
      end
      for _, entry in ipairs(fake:log()) do
        assert.is_nil(entry.request:find("create", 1, true))
      end
    end)
  end)
end)

describe("files", function()
  it("go to an engine as tars that are not compressed", function()
    assert.equal("gzip", load.compression("\x1f\x8b\8"))
    assert.equal("zstd", load.compression("\x28\xb5\x2f\xfd"))
    assert.equal("xz", load.compression("\xfd7zXZ\0\0"))
    assert.equal("bzip2", load.compression("BZh9"))
    assert.is_nil(load.compression("manifest.json\0"))
    assert.is_nil(load.compression(""))
  end)
end)

describe("images of a real engine", function()
  local engine, client, registry

  local function begin(auth)
    local why
    engine, why = engines.engine()
    if not engine then
      return why
    end
    registry, why = engines.registry({ engine = engine, auth = auth })
    if not registry then
      return why
    end
    client = connect(engine.host)
    local name, address = assert(engines.image("busybox")), registry.address
    finally(function()
      for _, tag in ipairs({ "/x/bb:1", "/x/bb:2", "/x/other:1", "/x/imported:1" }) do
        images.remove(client, address .. tag)
      end
      registry:close()
      client:close()
    end)
    return nil, name
  end

  local function push(name, as, credentials)
    local auth = require("engine.docker.auth")
    assert(images.tag(client, name, as))
    local path, tag = as:match("^(.*):([^:]*)$")
    local lines <close> = assert(client:lines("POST", "/images/" .. path .. "/push", { query = { tag = tag }, headers = { "X-Registry-Auth: " .. auth.header(credentials) } }))
    repeat
      local object, err = lines:next()
      assert.is_nil(err)
    until not object
    assert(images.remove(client, as))
  end

  it("are pulled by tag and by digest, and recorded as a lock has them", function()
    local why, name = begin()
    if why then
      return pending(why)
    end
    local as = registry.address .. "/x/bb:1"
    local _, err = images.pull(client, as, { auth = false })
    assert.equal("ENGINE_NOT_FOUND", err.code)
    push(name, as)
    local found, pulled = images.pull(client, as, { auth = false })
    assert(found, pulled)
    assert.is_true(pulled)
    assert.equal(assert(images.inspect(client, name)).id, found.id)
    assert.matches("^sha256:%x+$", found.digest)
    local entry = { name = as, platform = found.platform, digest = found.digest, id = found.id }
    assert(lock.check(entry, found))
    local by_digest = registry.address .. "/x/bb@" .. found.digest
    assert.equal(found.id, assert(images.pull(client, by_digest, { policy = "always", auth = false })).id)
    _, err = images.pull(client, registry.address .. "/x/bb@" .. OTHER, { auth = false })
    assert.equal("ENGINE_NOT_FOUND", err.code)
  end)

  it("need a password where the registry wants one", function()
    local why, name = begin("ann:l0ngpassw0rd")
    if why then
      return pending(why)
    end
    local as, masks = registry.address .. "/x/bb:2", secrets.new({})
    local good = { username = "ann", password = "l0ngpassw0rd", serveraddress = registry.address }
    push(name, as, good)
    for _, credentials in ipairs({ false, { username = "ann", password = "wr0ngpassw0rd", serveraddress = registry.address } }) do
      local found, err = images.pull(client, as, { auth = credentials, masks = masks })
      assert.is_nil(found)
      assert.equal("ENGINE_UNAUTHORIZED", err.code)
      assert.matches("docker login " .. registry.address, err.detail.help, 1, true)
      assert.is_nil(tostring(err):find("passw0rd", 1, true))
    end
    assert(images.pull(client, as, { auth = good, masks = masks }))
  end)

  it("are loaded from archives, compressed ones too", function()
    local why = begin()
    if why then
      return pending(why)
    end
    local homes = dofile("tests/lua/docker/support.lua")
    local home = homes.home()
    local path = assert(engines.archive("busybox"))
    homes.sh(home.dir, ("gzip -1c %s > a.tar.gz; zstd -qc %s > a.tar.zst 2>/dev/null || cp a.tar.gz a.tar.zst; xz -0c %s > a.tar.xz; head -c 1000000 %s > cut.tar; : > empty; gzip -c a.tar.gz > twice.gz"):format(path, path, path, path))
    for _, file in ipairs({ path, home.dir .. "/a.tar.gz", home.dir .. "/a.tar.zst", home.dir .. "/twice.gz" }) do
      local names, err = load.load(client, file)
      assert(names, err)
      assert.is_true(#names >= 1)
      assert(images.inspect(client, names[1]))
    end
    for file, words in pairs({
      ["a.tar.xz"] = "is compressed by xz", empty = "is empty", ["cut.tar"] = "cannot be loaded", none = "cannot be read", ["."] = "is no file",
    }) do
      local names, err = load.load(client, home.dir .. "/" .. file)
      assert.is_nil(names, file)
      assert.matches(words, err.message, 1, true)
    end
  end)

  it("are made of plain roots", function()
    local why = begin()
    if why then
      return pending(why)
    end
    local homes = dofile("tests/lua/docker/support.lua")
    local home = homes.home()
    homes.sh(home.dir, "mkdir r; echo hello > r/file; tar -C r -czf r.tgz .")
    local as = registry.address .. "/x/imported:1"
    local id = assert(load.import(client, home.dir .. "/r.tgz", { name = as, changes = { 'ENV A="b c"', 'CMD ["sh", "-c"]' } }))
    local found = assert(images.inspect(client, as))
    assert.equal(id, found.id)
    assert.same({ "sh", "-c" }, found.config.Cmd)
    assert.equal("A=b c", found.config.Env[#found.config.Env])
    local _, err = load.import(client, home.dir .. "/r.tgz", { name = "No!" })
    assert.equal("ENGINE_BAD_REQUEST", err.code)
  end)
end)
