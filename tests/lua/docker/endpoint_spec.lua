-- luacheck: no max line length
--- Where the engine is: the docker CLI's order, what is refused, and the line that says why.
local endpoint = require("engine.docker.endpoint")
local error_new = require("core.error").new
local fs = require("core.fs")
local support = dofile("tests/lua/docker/support.lua")

local MODE = { own = tonumber("600", 8), group = tonumber("640", 8), all = tonumber("644", 8) }

describe("engine.docker.endpoint", function()
  local home, system

  before_each(function()
    home, system = support.home(), endpoint.SYSTEM
    endpoint.SYSTEM = { docker = home.dir .. "/none.sock", podman = home.dir .. "/none-p.sock" }
  end)

  after_each(function()
    endpoint.SYSTEM = system
    home.remove()
  end)

  local function find(opts)
    opts = opts or {}
    opts.getenv = home.getenv
    return endpoint.find(opts)
  end

  local function refused(code, words, opts)
    local found, err = find(opts)
    assert.is_nil(found)
    assert.equal(code, err.code, tostring(err))
    assert.is_truthy(err.message:find(words, 1, true), err.message)
    assert.is_nil(err.message:find("[%c]"))
    return err
  end

  local function host(text, opts)
    home.env.DOCKER_HOST = text
    return find(opts)
  end

  describe("finds", function()
    it("the socket that DOCKER_HOST names", function()
      local path = home.socket("run/d.sock")
      assert.same({
        engine = "docker", kind = "unix", origin = "DOCKER_HOST", name = "unix://" .. path,
        socket = path, base = "http://localhost",
      }, host("unix://" .. path))
    end)

    it("the context of DOCKER_CONTEXT, and DOCKER_HOST before it", function()
      local a, b = home.socket("a.sock"), home.socket("b.sock")
      home.context("work-1", { Name = "work-1", Endpoints = { docker = { Host = "unix://" .. a } } })
      home.env.DOCKER_CONTEXT = "work-1"
      assert.equal(a, assert(find()).socket)
      assert.equal("context work-1", assert(find()).origin)
      assert.equal(b, assert(host("unix://" .. b)).socket)
    end)

    it("the current context of config.json, and DOCKER_CONTEXT before it", function()
      local a, b = home.socket("a.sock"), home.socket("b.sock")
      home.context("one", { Endpoints = { docker = { Host = "unix://" .. a } } })
      home.context("two", { Endpoints = { docker = { Host = "unix://" .. b } } })
      home.config({ currentContext = "one" })
      assert.equal(a, assert(find()).socket)
      home.env.DOCKER_CONTEXT = "two"
      assert.equal(b, assert(find()).socket)
    end)

    it("config.json where DOCKER_CONFIG says", function()
      local a = home.socket("a.sock")
      home.context("one", { Endpoints = { docker = { Host = "unix://" .. a } } })
      home.config({ currentContext = "one" })
      home.env.DOCKER_CONFIG, home.env.HOME = home.dir .. "/.docker/", nil
      assert.equal(a, assert(find()).socket)
    end)

    it("a rootless engine before the system's, which is the one of DOCKER_CONTEXT=default", function()
      local user, all = home.socket("run/docker.sock"), home.socket("var/docker.sock")
      endpoint.SYSTEM.docker = all
      assert.equal(all, assert(find()).socket)
      assert.equal("default", assert(find()).origin)
      home.env.XDG_RUNTIME_DIR = home.dir .. "/run/"
      assert.equal(user, assert(find()).socket)
      assert.equal("XDG_RUNTIME_DIR", assert(find()).origin)
      home.env.DOCKER_CONTEXT = "default"
      assert.equal(all, assert(find()).socket)
    end)

    it("the system's where the rootless one is no socket", function()
      endpoint.SYSTEM.docker = home.socket("var/docker.sock")
      home.write("run/docker.sock", "")
      home.env.XDG_RUNTIME_DIR = home.dir .. "/run"
      assert.equal(endpoint.SYSTEM.docker, assert(find()).socket)
    end)

    it("nothing in variables that are empty", function()
      endpoint.SYSTEM.docker = home.socket("var/docker.sock")
      home.env.DOCKER_HOST, home.env.DOCKER_CONTEXT, home.env.XDG_RUNTIME_DIR = "", "", ""
      home.env.DOCKER_API_VERSION = ""
      assert.equal("default", assert(find()).origin)
    end)

    it("podman's: CONTAINER_HOST, the user's, the system's; never Docker's", function()
      local all, user = home.socket("all.sock"), home.socket("run/podman/podman.sock")
      endpoint.SYSTEM.podman = all
      home.env.DOCKER_HOST = "unix:///nowhere"
      local found = assert(find({ engine = "podman" }))
      assert.same({ "podman", all, "default" }, { found.engine, found.socket, found.origin })
      home.env.XDG_RUNTIME_DIR = home.dir .. "/run"
      assert.equal(user, assert(find({ engine = "podman" })).socket)
      home.env.CONTAINER_HOST = "unix://" .. all
      assert.equal("CONTAINER_HOST", assert(find({ engine = "podman" })).origin)
    end)

    it("the version that is asked for", function()
      local path = home.socket("d.sock")
      home.env.DOCKER_API_VERSION = "v1.41"
      assert.equal("1.41", assert(host("unix://" .. path)).api_version)
      home.env.DOCKER_API_VERSION = "1.41; rm"
      refused("ENGINE_SETTINGS", "DOCKER_API_VERSION is '1.41; rm'")
    end)
  end)

  describe("tcp", function()
    it("in clear goes to this machine alone", function()
      for text, base in pairs({
        ["tcp://127.0.0.1:2375"] = "http://127.0.0.1:2375", ["tcp://localhost"] = "http://localhost:2375",
        ["tcp://[::1]:99"] = "http://[::1]:99", ["127.0.0.1:2375"] = "http://127.0.0.1:2375",
        ["http://127.9.8.7:1/engine/a/"] = "http://127.9.8.7:1/engine/a",
      }) do
        assert.equal(base, assert(host(text)).base, text)
      end
      for _, text in ipairs({
        "tcp://10.0.0.1:2375", "http://engine", "tcp://127.0.0.1.evil.example", "tcp://localhost.evil",
        "tcp://[::ffff:127.0.0.1]:1", "tcp://0:1", "tcp://127.1", "tcp://2130706433", "tcp://0x7f.0.0.1",
        "tcp://127.0.0.256", "tcp://127.0.0.010", "tcp://0.0.0.0", "engine:2375",
      }) do
        home.env.DOCKER_HOST = text
        local err = refused("ENGINE_INSECURE", "in clear over a network")
        assert.is_truthy(err.detail.help:find("--allow insecure-docker", 1, true))
        local found = assert(find({ allow = { ["insecure-docker"] = true } }))
        assert.equal("tcp", found.kind)
        assert.equal("http://", found.base:sub(1, 7))
      end
    end)

    it("has TLS with the files of DOCKER_CERT_PATH, or of the home", function()
      local dir = home.certs("certs")
      home.env.DOCKER_TLS_VERIFY, home.env.DOCKER_CERT_PATH = "1", dir
      assert.same({
        engine = "docker", kind = "tcp", origin = "DOCKER_HOST", name = "tcp://engine.example",
        base = "https://engine.example:2376", ca = dir .. "/ca.pem", cert = dir .. "/cert.pem",
        key = dir .. "/key.pem",
      }, host("tcp://engine.example"))
      home.env.DOCKER_CERT_PATH = nil
      refused("ENGINE_SETTINGS", ".docker/ca.pem")
      dir = home.certs(".docker")
      assert.equal(dir .. "/ca.pem", assert(find()).ca)
    end)

    it("looks at the certificate also where only DOCKER_TLS is set", function()
      home.env.DOCKER_TLS = "1"
      local found = assert(host("tcp://engine.example:1"))
      assert.equal("https://engine.example:1", found.base)
      assert.is_nil(found.ca)
    end)

    it("is TLS for https://, never for http://", function()
      home.certs(".docker")
      home.env.DOCKER_TLS_VERIFY = "1"
      assert.equal("https://e:2376", assert(host("https://e")).base)
      home.env.DOCKER_HOST = "http://e"
      refused("ENGINE_INSECURE", "in clear")
      home.env.DOCKER_TLS_VERIFY = nil
      assert.equal("https://e:2376", assert(host("https://e")).base)
    end)

    it("takes the certificates of its context, and no others", function()
      home.env.DOCKER_CONTEXT, home.env.DOCKER_TLS_VERIFY = "far", "1"
      home.context("far", { Endpoints = { docker = { Host = "tcp://far.example:2376" } } })
      home.certs(".docker")
      refused("ENGINE_INSECURE", "from context far")
      local dir = home.certs(home.tls_of("far"), { cert = false, key = false })
      local found = assert(find())
      assert.same({ dir .. "/ca.pem", "https://far.example:2376" }, { found.ca, found.base })
      assert.is_nil(found.key)
    end)

    it("does without no certificate, whatever the context asks", function()
      home.env.DOCKER_CONTEXT = "far"
      for _, value in ipairs({ true, 1, "yes" }) do
        home.context("far", { Endpoints = { docker = { Host = "tcp://127.0.0.1:1",
          SkipTLSVerify = value } } })
        refused("ENGINE_INSECURE", "certificate", { allow = { ["insecure-docker"] = true } })
      end
    end)

    it("refuses keys that others can use, and files that all can change", function()
      home.env.DOCKER_TLS_VERIFY = "1"
      home.env.DOCKER_HOST = "tcp://engine.example"
      home.certs(".docker", { key = MODE.group })
      assert.matches("^chmod 600 /.*key.pem$", refused("ENGINE_INSECURE", "mode 640").detail.help)
      home.certs(".docker", { key = MODE.all })
      refused("ENGINE_INSECURE", "mode 644")
      home.certs(".docker", { ca = tonumber("666", 8) })
      refused("ENGINE_INSECURE", "ca.pem can be changed by everybody")
      home.certs(".docker", { ca = MODE.all, cert = MODE.all })
      assert.is_table(find())
    end)

    it("refuses a key of another user, who could open it to others", function()
      local dir = home.certs(".docker")
      local function chown(uid)
        return pcall(support.sh, dir, "chown " .. uid .. " key.pem")
      end
      if not chown(4711) then
        pending("only root can give a file away")
      end
      home.env.DOCKER_TLS_VERIFY, home.env.DOCKER_HOST = "1", "tcp://engine.example"
      refused("ENGINE_INSECURE", "a private key of another user (4711)")
      assert(chown(0))
      assert.is_table(find())
    end)

    it("follows links to keys, and looks at what they lead to", function()
      home.certs(".docker", { key = false })
      home.env.DOCKER_TLS_VERIFY, home.env.DOCKER_HOST = "1", "tcp://engine.example"
      local key = home.write("elsewhere/k.pem", "x", MODE.all)
      assert(fs.symlink(home.dir .. "/.docker/key.pem", key))
      refused("ENGINE_INSECURE", "mode 644")
      assert(fs.chmod(key, MODE.own))
      assert.is_table(find())
    end)

    it("refuses half a pair, folders and giants in the place of certificates", function()
      home.env.DOCKER_TLS_VERIFY, home.env.DOCKER_HOST = "1", "tcp://engine.example"
      home.certs(".docker", { key = false })
      refused("ENGINE_SETTINGS", "key.pem is not there")
      assert(fs.mkdir_p(home.dir .. "/.docker/key.pem"))
      refused("ENGINE_SETTINGS", "no file but a directory")
      assert(fs.remove_tree(home.dir .. "/.docker/key.pem"))
      home.write(".docker/key.pem", ("x"):rep((1 << 20) + 1), MODE.own)
      refused("ENGINE_SETTINGS", "larger than 1 MiB")
    end)

    it("believes real keys of openssl as they are made, not as they are copied", function()
      local dir = home.dir .. "/.docker"
      assert(fs.mkdir_p(dir))
      support.sh(dir, [[umask 022
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ca \
          -keyout key.pem -out ca.pem 2>/dev/null
        cp ca.pem cert.pem]])
      home.env.DOCKER_TLS_VERIFY, home.env.DOCKER_HOST = "1", "tcp://engine.example"
      assert.is_table(find())
      support.sh(dir, "umask 022; cat key.pem > copy; mv copy key.pem")
      refused("ENGINE_INSECURE", "can be used by others")
    end)
  end)

  describe("ssh", function()
    local START = { "ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-T" }

    local function argv(...)
      return table.move({ ... }, 1, select("#", ...), #START + 1, table.move(START, 1, #START, 1, {}))
    end

    it("is a command that carries the engine's stream", function()
      local tail = { "docker", "system", "dial-stdio" }
      for text, want in pairs({
        ["ssh://engine"] = argv("--", "engine", table.unpack(tail)),
        ["ssh://me@engine.example:2222"] = argv("-l", "me", "-p", "2222", "--", "engine.example",
          table.unpack(tail)),
        ["ssh://[::1]:22"] = argv("-p", "22", "--", "::1", table.unpack(tail)),
      }) do
        local found = assert(host(text))
        assert.same(want, found.command)
        assert.same({ "ssh", "http://localhost" }, { found.kind, found.base })
      end
    end)

    it("of podman names the socket and the key", function()
      home.env.CONTAINER_HOST = "ssh://core@vm:4000/run/user/1000/podman/podman.sock"
      home.env.CONTAINER_SSHKEY = "/keys/id"
      assert.same(argv("-i", "/keys/id", "-l", "core", "-p", "4000", "--", "vm", "podman", "--url",
        "unix:///run/user/1000/podman/podman.sock", "system", "dial-stdio"),
        assert(find({ engine = "podman" })).command)
      home.env.CONTAINER_HOST = "ssh://core@vm/run/$(id)/x"
      refused("ENGINE_SETTINGS", "the path holds", { engine = "podman" })
    end)

    it("refuses what would be an option, a command, a password or a path", function()
      for _, text in ipairs({
        "ssh://-oProxyCommand=id", "ssh://-oProxyCommand=id@host", "ssh://me@-oProxyCommand=id",
        "ssh://host;id", "ssh://host`id`", "ssh://$(id)", "ssh://a b", "ssh://host\nid", "ssh://",
        "ssh://@", "ssh://me@", "ssh://@host", "ssh://me:pw@host", "ssh://host:0", "ssh://host:65536",
        "ssh://host:22x", "ssh://host:-1", "ssh://host:", "ssh://host/", "ssh://host/run/docker.sock",
        "ssh://host?x", "ssh://host#x", "ssh://a@b@c", "ssh://[::1", "ssh://[-x]", "ssh://[abc]",
        "ssh://h%6fst", "ssh://host|id", "ssh://host&", "ssh://'x'", 'ssh://"x"', "ssh://h\0st",
      }) do
        home.env.DOCKER_HOST = text
        refused("ENGINE_SETTINGS", "DOCKER_HOST is '")
      end
    end)
  end)

  describe("refuses", function()
    it("addresses that are none, with what they could be", function()
      for text, words in pairs({
        ["npipe:////./pipe/docker_engine"] = "Windows", ["fd://"] = "systemd",
        ["/var/run/docker.sock"] = "no such form", ["gopher://x"] = "no such form",
        ["unix://run/docker.sock"] = "absolute path", ["tcp://u:pw@127.0.0.1:1"] = "no user or password",
        ["tcp://127.0.0.1:1/../x"] = "the path holds", ["tcp://127.0.0.1:1/?x=1"] = "the path holds",
        ["tcp://:2375"] = "the host is none", ["tcp://127.0.0.1:99999"] = "no port",
        ["unix:///" .. ("x"):rep(110)] = "at most 107 bytes",
        ["tcp://" .. ("x"):rep(2000)] = "at most 1024 bytes",
        ["unix:///a\27]0;x\7"] = "no control characters",
      }) do
        home.env.DOCKER_HOST = text
        refused("ENGINE_SETTINGS", words)
      end
    end)

    it("passwords without showing them", function()
      home.env.DOCKER_HOST = "tcp://root:hunter22@127.0.0.1:1"
      local err = refused("ENGINE_SETTINGS", "tcp://root:***@127.0.0.1:1")
      assert.is_nil(tostring(err):find("hunter22", 1, true))
    end)

    it("contexts that are not there, are none, or lead out of the store", function()
      home.env.DOCKER_CONTEXT = "gone"
      refused("ENGINE_SETTINGS", "DOCKER_CONTEXT names the context gone, and there is none")
      for _, name in ipairs({ "../../etc", "a/b", "-x", "a b", "x\27[2J", ("x"):rep(300) }) do
        home.env.DOCKER_CONTEXT = name
        refused("ENGINE_SETTINGS", "no name of one")
      end
      home.env.DOCKER_CONTEXT, home.env.HOME = "gone", nil
      refused("ENGINE_SETTINGS", "neither DOCKER_CONFIG nor HOME")
    end)

    it("files of contexts that are garbage", function()
      home.env.DOCKER_CONTEXT = "bad"
      for _, bytes in ipairs({
        "", "{", "[]", "null", "7", '{"Endpoints":[]}', '{"Endpoints":{"docker":7}}', "\255\0",
        '{"Endpoints":{"docker":{"Host":7}}}', '{"Endpoints":{"docker":{"Host":""}}}',
        '{"Endpoints":{"kubernetes":{"Host":"x"}}}', ("["):rep(100000), ('{"a":'):rep(40) .. "1",
        '{"Endpoints":{},"Endpoints":{}}', (" "):rep((4 << 20) + 1),
      }) do
        home.context("bad", bytes)
        refused("ENGINE_SETTINGS", "")
      end
      home.context("bad", '{"Endpoints":{"docker":{"Host":"ssh://-oX=y"}}}')
      refused("ENGINE_SETTINGS", "context bad is 'ssh://-oX=y'")
    end)

    it("a config.json that is garbage, and tells its path", function()
      for _, bytes in ipairs({ "{", "[1]", ("["):rep(1 << 20), (" "):rep((4 << 20) + 1), "\0" }) do
        local path = home.config(bytes)
        refused("ENGINE_SETTINGS", path)
      end
      local path = home.dir .. "/.docker/config.json"
      assert(fs.remove(path))
      support.sh(home.dir, "mkfifo .docker/config.json")
      refused("ENGINE_SETTINGS", path) -- and does not wait for a writer
      assert(fs.remove(path))
      assert(fs.symlink(path, path))
      refused("ENGINE_SETTINGS", path)
    end)

    it("nothing of a config.json whose fields have other types", function()
      endpoint.SYSTEM.docker = home.socket("d.sock")
      home.config({ currentContext = 7, auths = 3, credHelpers = { 1 }, credsStore = false })
      assert.equal("default", assert(find()).origin)
    end)
  end)

  describe("says in one line", function()
    it("that there is no socket", function()
      local err = refused("ENOENT", "Docker does not run here: there is no " .. home.dir .. "/none.sock")
      assert.matches("systemctl start docker", err.detail.help)
      home.env.XDG_RUNTIME_DIR = home.dir
      refused("ENOENT", home.dir .. "/docker.sock and " .. home.dir .. "/none.sock")
      home.env.DOCKER_HOST = "unix:///no/where.sock"
      refused("ENOENT", "unix:///no/where.sock, from DOCKER_HOST: there is no such file")
    end)

    it("that it is a file, a folder, or behind a file", function()
      local path = home.write("f", "")
      home.env.DOCKER_HOST = "unix://" .. path
      refused("ENOTSOCK", "this is a file, not a socket")
      home.env.DOCKER_HOST = "unix://" .. home.dir
      refused("ENOTSOCK", "this is a directory, not a socket")
      home.env.DOCKER_HOST = "unix://" .. path .. "/docker.sock"
      refused("ENOTDIR", "a part of its path is no folder")
    end)

    it("that it is stale, or not permitted, once that is known", function()
      local path = home.socket("d.sock")
      local found = assert(host("unix://" .. path))
      local function explained(code)
        local cause = error_new({ code = code, op = "http.ask", message = "?" })
        local err = endpoint.explain(found, cause)
        assert.equal(code, err.code)
        assert.equal(cause, err.cause)
        assert.is_truthy(err.message:find(path, 1, true), err.message)
        return err.message, err.detail and err.detail.help
      end
      assert.matches("left behind, and nothing listens", (explained("ECONNREFUSED")))
      local message, help = explained("EACCES")
      assert.matches("may not use Docker.*its owner is user %d+, group %d+, its mode %d%d%d", message)
      assert.matches("usermod %-aG docker", help)
      assert(fs.remove(path))
      assert.matches("there is no such file", (explained("ENOENT")))
      assert.matches("cannot be reached", (explained("EIO")))
    end)

    it("what ssh, TLS and a closed port mean", function()
      local function explained(text, code)
        local found = assert(host(text))
        return endpoint.explain(found, error_new({ code = code, message = "?" }))
      end
      assert.matches("BatchMode=yes .* docker system dial%-stdio </dev/null",
        explained("ssh://e", "ECONNRESET").detail.help)
      assert.matches("nothing listens there", explained("tcp://127.0.0.1:1", "ECONNREFUSED").message)
      assert.matches("is not believed to be Docker", explained("https://e", "ETLS").message)
    end)
  end)
end)
