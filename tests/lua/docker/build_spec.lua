-- luacheck: no max line length
--- Building images: .dockerignore, the tar of the context, and an engine's classic builder.
local auth = require("engine.docker.auth")
local build = require("engine.docker.build")
local build_auth = require("engine.docker.build_auth")
local client_of = require("engine.docker.client")
local engines = dofile("tests/lua/docker/engines.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local fs = require("core.fs")
local hash = require("core.hash")
local homes = dofile("tests/lua/docker/support.lua")
local ignore = require("engine.docker.dockerignore")
local images = require("engine.docker.images")
local reference = require("engine.image.reference")
local secrets = require("engine.run.secrets")
local tar = require("engine.docker.tar")

local PING = { match = "/_ping$", body = "OK", headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } }

local function connect(host)
  return assert(client_of.connect({
    getenv = function(name)
      return name == "DOCKER_HOST" and host or nil
    end,
  }))
end

local function bytes_of(source)
  local parts = {}
  local ok, err = source(function(text)
    parts[#parts + 1] = text
    return true
  end)
  return ok and table.concat(parts), err
end

--- Writes the context as a tar and lists it with another program.
local function list_of(dir, dockerfile)
  local bytes = assert(bytes_of(assert(build.source(dir, dockerfile))))
  local at = assert(fs.tempdir())
  assert(fs.write_atomic(at .. "/t.tar", bytes))
  local out = homes.sh(at, "LC_ALL=C.UTF-8 tar -tvf t.tar --numeric-owner | sed -E 's/ +([0-9]+) [0-9]{4}-[0-9-]+ [0-9:]+ / \\1 /'")
  fs.remove_tree(at)
  return out
end

local function names_of(dir, dockerfile)
  local names = {}
  for line in list_of(dir, dockerfile):gmatch("[^\n]+") do
    names[#names + 1] = line:match("^%S+ %S+ +%d+ (.*)$"):gsub(" %-> .*", "")
  end
  return table.concat(names, " ")
end

describe(".dockerignore", function()
  local function out(text, path)
    local rules, why = ignore.parse(text)
    assert(rules, why)
    return (ignore.is_out(rules, path))
  end

  for _, case in ipairs({
    -- patterns, what is out, what is not
    { "a", { "a", "a/b", "a/b/c" }, { "b", "b/a", "ab" } },
    { "/a/", { "a", "a/b" }, { "b/a" } },
    { "*.o", { "x.o", ".o" }, { "d/x.o", "x.ob" } },
    { "**/*.o", { "x.o", "d/x.o", "d/e/x.o" }, { "x.c" } },
    { "a/**", { "a/b", "a/b/c" }, { "a", "b/a/c" } },
    { "a/**/z", { "a/z", "a/b/z", "a/b/c/z", "a/z/y" }, { "z", "b/a/z" } },
    { "a?c", { "abc" }, { "ac", "a/c", "abbc" } },
    { "[a-c]x", { "ax", "cx" }, { "dx", "/x" } },
    { "[^a]x", { "bx" }, { "ax" } },
    { "a\\*b", { "a*b" }, { "axb" } },
    { "*\n!a", { "b", "b/a" }, { "a", "a/b" } },
    { "a\n!a/keep\na/keep/not", { "a", "a/x", "a/keep/not", "a/keep/not/x" }, { "a/keep", "a/keep/x" } },
    { "!a\na", { "a" }, {} },
    { "  a  \r\n# b\n\n./c/../d", { "a", "d" }, { "b", "c" } },
    { "\xef\xbb\xbfa", { "a" }, {} },
    { "a.b+c(d)", { "a.b+c(d)" }, { "axb+c(d)" } },
    { "\u{e9}?", { "\u{e9}\u{e8}" }, { "\u{e9}" } },
  }) do
    it(("reads %q"):format(case[1]), function()
      for _, path in ipairs(case[2]) do
        assert.is_true(out(case[1], path), path)
      end
      for _, path in ipairs(case[3]) do
        assert.is_false(out(case[1], path), path)
      end
    end)
  end

  it("is refused when a pattern is none, or there are too many", function()
    assert.is_nil((ignore.parse("[a")))
    assert.is_nil((ignore.parse(("a\n"):rep(10001))))
  end)
end)

describe("a context", function()
  it("is a tar that other programs read, of root, with links as links", function()
    local home <close> = homes.home()
    local long = ("d"):rep(90) .. "/" .. ("n"):rep(120) .. "\u{e9}"
    home.write("c/Dockerfile", "FROM scratch\n")
    home.write("c/" .. long, "long\n")
    home.write("c/run.sh", "#!/bin/sh\n", tonumber("755", 8))
    home.write("c/big", ("0123456789abcdef"):rep(200000))
    home.write("c/512", ("x"):rep(512))
    home.write("secret", "outside\n")
    homes.sh(home.dir, "cd c; : > empty; mkdir void; ln -s ../secret link; ln -s " .. ("t"):rep(150) .. " far; ln -s /etc dir; mkfifo pipe; chmod 4755 512")
    local dir = home.dir .. "/c"
    local out = list_of(dir)
    assert.matches("\nlrwxrwxrwx 0/0 +0 link %-> %.%./secret\n", out)
    assert.matches("far -> " .. ("t"):rep(150) .. "\n", out, 1, true)
    assert.matches("\nlrwxrwxrwx 0/0 +0 dir %-> /etc\n", out)
    assert.matches("\n%-rwxr%-xr%-x 0/0 +10 run.sh\n", out)
    assert.matches("\ndrwx[%-rx]+ 0/0 +0 void/\n", out)
    assert.matches(long .. "\n", out, 1, true)
    assert.is_nil(out:find("pipe", 1, true))
    local bytes = assert(bytes_of(assert(build.source(dir))))
    assert.is_nil(bytes:find("outside", 1, true))
    local unpacked = assert(fs.tempdir())
    assert(fs.write_atomic(unpacked .. "/t.tar", bytes))
    homes.sh(unpacked, ("mkdir u; tar -C u -xpf t.tar --no-same-owner; rm %s/pipe; diff -r --no-dereference u %s"):format(dir, dir))
    fs.remove_tree(unpacked)
  end)

  it("leaves out what .dockerignore says, but itself and the Dockerfile", function()
    local home <close> = homes.home()
    for _, path in ipairs({ "Dockerfile", "a/x", "a/keep/y", "b/Other", "b/z", "c" }) do
      home.write("c/" .. path, "x")
    end
    local dir = home.dir .. "/c"
    home.write("c/.dockerignore", "a\nb\nDockerfile\n.dockerignore\n")
    assert.equal(".dockerignore Dockerfile c", names_of(dir))
    assert.equal(".dockerignore b/Other c", names_of(dir, "b/Other"))
    home.write("c/.dockerignore", "*\n!a/keep")
    assert.equal(".dockerignore Dockerfile a/keep/ a/keep/y", names_of(dir))
  end)

  it("is refused when there is nothing to build, or it cannot be read", function()
    local home <close> = homes.home()
    home.write("c/x", "x")
    home.write("d/Dockerfile", "x")
    home.write("d/.dockerignore", "[a")
    home.write("out/Dockerfile", "x")
    homes.sh(home.dir, "mkdir e; ln -s ../out/Dockerfile e/Dockerfile")
    for dir, words in pairs({ c = "c/Dockerfile is no file", none = "is no folder", d = ".dockerignore cannot be read", e = "e/Dockerfile is no file" }) do
      local source, err = build.source(home.dir .. "/" .. dir)
      assert.is_nil(source)
      assert.matches(words, err.message, 1, true)
    end
  end)

  it("ends the build when a file changes meanwhile", function()
    for _, size in ipairs({ 10, 3 << 20 }) do
      local home <close> = homes.home()
      home.write("c/Dockerfile", "x")
      local path = home.write("c/file", ("x"):rep(size))
      local source = assert(build.source(home.dir .. "/c"))
      local ok, err = source(function(text)
        if text:find("^file\0") then
          assert(fs.append(path, "more"))
        end
        return true
      end)
      assert.is_nil(ok)
      assert.matches("changed while it was read", err.message)
    end
  end)

  --- Reads a source; `change` happens as the first bytes of its archive come, or those in `at`.
  local function read_changed(source, change, at)
    local parts, is_done = {}, false
    local ok, err = source(function(text)
      if not is_done and text:find(at or "") then
        is_done = true
        change()
      end
      parts[#parts + 1] = text
      return true
    end)
    return ok, err, table.concat(parts)
  end

  --- What is put in the place of a thing that was listed.
  local CHANGES = {
    ["a link to a file outside"] = "mv c/d/file old; ln -s ../../secret c/d/file",
    ["a link to a file of the folder"] = "mv c/d/file c/d/old; ln -s old c/d/file",
    ["nothing"] = "mv c/d/file old",
    ["a folder"] = "mv c/d/file old; mkdir c/d/file",
    ["a pipe"] = "mv c/d/file old; mkfifo c/d/file",
    ["a link to a folder outside"] = "mv c/d old; ln -s ../outside c/d",
    ["a link to a folder of it"] = "mv c/d c/e; ln -s e c/d",
    ["a link that leads out as the folder above does"] = "mv c/d old; mkdir c/d; ln -s ../../secret c/d/file",
    ["nothing, and no folder"] = "mv c/d old",
    ["a file, and not the folder above"] = "mv c/d old; echo x >c/d",
  }
  for name, change in pairs(CHANGES) do
    it("that has " .. name .. " where a file was listed is one that changed, and nothing of that is sent", function()
      for _, size in ipairs({ 0, 10, 3 << 20 }) do
        local home <close> = homes.home()
        home.write("c/Dockerfile", "x")
        home.write("c/d/file", ("x"):rep(size))
        for _, path in ipairs({ "secret", "outside/file" }) do
          home.write(path, ("outside\n"):rep(size // 8 + 1):sub(1, math.max(size, 8)))
        end
        for _, make in ipairs({ build.source, build.folder }) do
          local source = assert(make(home.dir .. "/c"))
          homes.sh(home.dir, "cp -a c kept")
          local ok, err, bytes = read_changed(source, function()
            homes.sh(home.dir, change)
          end)
          assert.is_nil(ok)
          assert.equal("EIMAGE", err.code)
          assert.matches("^d/?f?i?l?e? changed while it was read", err.message)
          assert.is_nil(bytes:find("outside", 1, true))
          homes.sh(home.dir, "rm -rf c old; mv kept c")
        end
      end
    end)
  end

  it("has no bytes of a file that a link leads to by the time that they are read", function()
    for _, at in ipairs({ "^d/file\0", "^1\n", "^x" }) do -- its head, its first and its second piece
      for _, change in ipairs({ "mv c/d/file old; ln -s ../../secret c/d/file", "mv c/d old; ln -s ../outside c/d", "mv c old; mv other c" }) do
        local home <close> = homes.home()
        home.write("c/Dockerfile", "FROM a")
        home.write("c/d/file", "1\n" .. ("x"):rep(3 << 20))
        for _, path in ipairs({ "secret", "outside/file", "there/file" }) do
          home.write(path, ("outside\n"):rep(1 << 19))
        end
        homes.sh(home.dir, "mkdir other; ln -s ../there other/d")
        local source = assert(build.folder(home.dir .. "/c"))
        local ok, err, bytes = read_changed(source, function()
          homes.sh(home.dir, change)
        end, at)
        assert.is_nil(bytes:find("outside", 1, true))
        assert.is_true(ok or err.message == "d/file changed while it was read", err and err.message)
        assert.is_true(not ok or bytes:find(("x"):rep(3 << 20), 1, true) ~= nil)
      end
    end
  end)

  it("is the folder that was opened, whatever is in its place by then", function()
    local home <close> = homes.home()
    home.write("c/Dockerfile", "x")
    home.write("c/file", ("inside\n"):rep(1 << 18))
    home.write("outside/file", ("outside\n"):rep(1 << 18))
    home.write("outside/Dockerfile", "x")
    local source = assert(build.source(home.dir .. "/c"))
    local ok, err, bytes = read_changed(source, function()
      homes.sh(home.dir, "mv c old; ln -s outside c")
    end)
    assert.is_true(ok, err and err.message)
    assert.is_not_nil(bytes:find("inside", 1, true))
    assert.is_nil(bytes:find("outside", 1, true))
  end)

  it("has no file that its header cannot hold", function()
    local header, why = tar.header({ name = "x", type = "file", mode = 0, mtime = 0, size = 8 << 30 })
    assert.is_nil(header)
    assert.matches("8 GiB", why)
    assert.is_nil((tar.header({ name = "x\0y", type = "file", mode = 0, mtime = 0, size = 0 })))
  end)
end)

describe("a Dockerfile", function()
  local function bases(text, args)
    local names = {}
    for _, parts in ipairs(build_auth.bases(text, args or {})) do
      names[#names + 1] = reference.full(parts)
    end
    return table.concat(names, " ")
  end

  it("names the images that its stages begin with", function()
    assert.equal("docker.io/library/a:1 r:5000/b:latest", bases("# FROM no\nFROM a:1 AS first\nfrom --platform=linux/amd64 r:5000/b as Second\nFROM FIRST\nFROM second\nFROM scratch\n"))
    assert.equal("docker.io/library/a:2", bases("ARG V=1\nFROM a:${V}\n", { V = "2" }))
    assert.equal("docker.io/library/a:1", bases('ARG V="1"\r\nFROM \\\r\n  a:$V\r\n'))
    assert.equal("", bases("FROM $NONE\nFROM a:${V:-1}\nFROM\nFROM A!\n"))
  end)
end)

describe("a build", function()
  it("is none without the id of an image, and tells which step failed", function()
    local home <close> = homes.home()
    home.write("c/Dockerfile", "FROM scratch\n")
    local cases = {
      { { body = "" }, "ENGINE_ANSWER" }, { { body = '{"stream":"Step 1/1"}\n' }, "ENGINE_ANSWER" },
      { { body = '{"stream":"Step"}\n{"errorDetail":{"code":7,"message":"the command returned 7"},"error":"x"}\n{"aux":{"ID":"sha256:aa"}}\n' }, "ENGINE_API" },
      { { chunks = { '{"aux":{"ID":"sha256:aa"}}\n' }, cut = 113 }, "ECONNRESET" },
      { { status = 400, body = { message = "dockerfile parse error" } }, "ENGINE_BAD_REQUEST" },
    }
    for i, case in ipairs(cases) do
      local fake <close> = fakes.engine({ PING, case[1] })
      local client <close> = connect(fake.host)
      local id, err = build.build(client, { context = home.dir .. "/c" })
      assert.is_nil(id, i)
      assert.equal(case[2], err.code, i)
      assert.matches("/c cannot be built: ", err.message, 1, true)
    end
  end)

  it("gives what is asked for to the engine, and never what is compressed", function()
    local home <close> = homes.home()
    home.write("c/Dockerfile", "FROM scratch\n")
    local fake <close> = fakes.engine({ PING, { body = '{"stream":"a"}\n{"aux":{"ID":"sha256:ab"}}\n' } })
    local client <close> = connect(fake.host)
    assert.equal("sha256:ab", assert(build.build(client, {
      context = home.dir .. "/c", args = { A = "b c" }, target = "t", platform = "linux/amd64", name = "x:1", labels = { l = "v" },
    })))
    local entry = fake:log()[2]
    for _, words in ipairs({ "buildargs=%7B%22A%22%3A%22b%20c%22%7D", "target=t", "platform=linux%2Famd64", "t=docker.io%2Flibrary%2Fx%3A1", "labels=%7B%22l%22", "dockerfile=Dockerfile", "forcerm=1" }) do
      assert.matches(words, entry.request, 1, true)
    end
    assert.equal("application/x-tar", entry.headers["content-type"])
    assert.is_nil(entry.headers["content-encoding"])
    assert.equal("ustar", entry.body:sub(258, 262))
  end)

  for name, find in pairs({ docker = engines.engine, podman = engines.podman }) do
    it("by a real engine makes the image: " .. name, function()
      local engine, why = find()
      if not engine then
        return pending(why)
      end
      local client <close> = connect(engine.host)
      local base, none = engines.image("busybox", { engine = engine })
      if not base then
        return pending(none)
      end
      local home <close> = homes.home()
      local tag = "localhost/clnrm-test/build:" .. math.random(1 << 30)
      home.write("c/Dockerfile", "ARG BASE\nFROM $BASE AS first\nARG WORD\nENV WORD=$WORD\nCOPY file /file\nCMD [\"one\"]\nFROM first AS second\nCMD [\"two\"]\n")
      home.write("c/file", "hello\n")
      local said = {}
      local id, err = build.build(client, { context = home.dir .. "/c", name = tag, target = "first", args = { BASE = base, WORD = "w" }, labels = { ["clnrm.test"] = "1" }, on_output = function(text)
        said[#said + 1] = text
      end })
      finally(function()
        local again <close> = connect(engine.host)
        images.remove(again, tag)
      end)
      assert(id, err)
      local image = assert(images.inspect(client, tag))
      assert.same({ id, { "one" }, "1" }, { image.id, image.config.Cmd, image.config.Labels["clnrm.test"] })
      local env = table.concat(image.config.Env, "\n")
      assert.matches("WORD=w", env, 1, true)
      assert.matches("COPY", table.concat(said))
      home.write("c/Dockerfile", "FROM " .. base .. "\nCOPY nothing /nothing\n")
      local bad, failed = build.build(client, { context = home.dir .. "/c" })
      assert.is_nil(bad)
      assert.matches("/c cannot be built: .*nothing", failed.message)
    end)
  end

  it("gets what a private registry gives to who has the password", function()
    local engine, why = engines.engine()
    local registry
    if engine then
      registry, why = engines.registry({ engine = engine, auth = "ann:l0ngpassw0rd" })
    end
    if not registry then
      return pending(why)
    end
    local client = connect(engine.host)
    local home <close> = homes.home()
    local name = registry.address .. "/x/base:1"
    finally(function()
      images.remove(client, name)
      client:close()
      registry:close()
    end)
    assert(images.tag(client, assert(engines.image("busybox")), name))
    local header = auth.header({ username = "ann", password = "l0ngpassw0rd", serveraddress = registry.address })
    local lines <close> = assert(client:lines("POST", "/images/" .. name:match("^(.*):") .. "/push", { query = { tag = "1" }, headers = { "X-Registry-Auth: " .. header } }))
    repeat
      local object, err = lines:next()
      assert.is_nil(err)
    until not object
    assert(images.remove(client, name))
    home.write("c/Dockerfile", "ARG BASE\nFROM $BASE\nCMD [\"x\"]\n")
    local opts = { context = home.dir .. "/c", args = { BASE = name } }
    local id, err = build.build(client, opts)
    assert.is_nil(id)
    assert.equal("ENGINE_UNAUTHORIZED", err.code)
    home.config({ auths = { [registry.address] = { auth = hash.base64("ann:l0ngpassw0rd") } } })
    opts.masks, opts.getenv = secrets.new({}), home.getenv
    id, err = build.build(client, opts)
    assert(id, err)
    assert(images.remove(client, id))
  end)
end)
