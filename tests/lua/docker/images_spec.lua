--- Each test image starts, and its server answers as the official one does.
local task = require("clnrm.task")

local docker = dofile("tests/lua/docker/engines.lua")

local LABEL = "clnrm.tests.spec=images"
local POLL_MS, TRIES = 100, 200

-- name, arguments of `run`, command in the container, what its output has
local SERVERS = {
  { "redis", "", "redis-cli ping", "PONG" },
  { "nginx", "", "wget -qO- http://127.0.0.1/", "Welcome to nginx" },
  { "postgres", "-e POSTGRES_PASSWORD=secret -e POSTGRES_DB=shop",
    "env PGPASSWORD=secret psql -h 127.0.0.1 -U postgres -d shop -Atc 'select 40 + 2'", "42" },
  { "mariadb", "-e MARIADB_ROOT_PASSWORD=secret -e MARIADB_DATABASE=shop",
    "mariadb -h 127.0.0.1 -uroot -psecret shop -Ne 'select 40 + 2'", "42" },
  { "rabbitmq", "", "rabbitmq-diagnostics -q ping", "Ping succeeded" },
  { "prometheus", "", "wget -qO- http://127.0.0.1:9090/-/ready", "Ready" },
}

local function words(text)
  local list = {}
  for word in text:gsub("'([^']*)'", function(quoted)
    return (quoted:gsub(" ", "\0"))
  end):gmatch("%S+") do
    list[#list + 1] = (word:gsub("%z", " "))
  end
  return table.unpack(list)
end

-- The archives are the same for podman: one is enough to show that it reads them.
local function servers_of(kind)
  return kind == "docker" and SERVERS or { SERVERS[1] }
end

for _, kind in ipairs({ "docker", "podman" }) do
  describe("test images in " .. kind, function()
    local engine, why

    setup(function()
      if kind == "docker" then
        engine, why = docker.engine()
      else
        engine, why = docker.podman()
      end
    end)

    teardown(function()
      if engine then
        engine:cleanup(LABEL)
      end
    end)

    local function run(...)
      return assert(engine:docker(
        "run", "-d", "--label", LABEL, "--label", docker.LABEL, "--network", "none", ...))
    end

    for _, server in ipairs(servers_of(kind)) do
      local name, options, command, wanted = table.unpack(server)
      it("answer: " .. name, function()
        if not engine then
          return pending(why)
        end
        local image = assert(docker.image(name, { engine = engine }))
        local argv = { words(options) }
        argv[#argv + 1] = image
        local id = run(table.unpack(argv))
        local out, reason
        for _ = 1, TRIES do
          out, reason = engine:docker("exec", id, words(command))
          if out or engine:docker("inspect", "-f", "{{.State.Running}}", id) ~= "true" then
            break
          end
          task.sleep(POLL_MS)
        end
        assert(out, ("%s\n%s"):format(reason, tostring(engine:docker("logs", id))))
        assert.matches(wanted, out, 1, true)
      end)
    end

    it("differ as the recipes say", function()
      if not engine then
        return pending(why)
      end
      local function output(name, ...)
        local argv = { "run", "--rm", "--label", docker.LABEL, "--network", "none" }
        argv[#argv + 1] = assert(docker.image(name, { engine = engine }))
        for _, word in ipairs({ ... }) do
          argv[#argv + 1] = word
        end
        return engine:docker(table.unpack(argv))
      end
      assert.equal("hi", output("busybox", "echo", "hi"))
      assert.equal("app /home/app", output("nonroot", "sh", "-c", "echo $(id -un) $(pwd)"))
      -- small ones are those that each engine adds: /etc/hosts and its like
      assert.equal("/busybox",
        output("scratch", "find", "/", "-xdev", "-type", "f", "-size", "+99k"))
      assert.equal("65532 False", output("distroless", "-c",
        "import os; print(os.getuid(), os.path.exists('/bin/sh'))"))
    end)
  end)
end

describe("a test image", function()
  it("is made once, and the same each time", function()
    local path = assert(docker.archive("scratch"))
    local f = assert(io.open(path, "rb"))
    local bytes = f:read("a")
    f:close()
    assert(os.remove(path))
    assert.equal(path, docker.archive("scratch"))
    f = assert(io.open(path, "rb"))
    assert.is_true(bytes == f:read("a"))
    f:close()
  end)

  it("has the config and the architecture that a spec asks for, under a name of its own", function()
    local engine, why = docker.engine()
    if not engine then
      return pending(why)
    end
    local plain = assert(docker.image("busybox"))
    local other = assert(docker.image("busybox", {
      arch = "arm64",
      config = '{"User": "ghost", "Cmd": null, "Entrypoint": ["/none"]}',
    }))
    assert.not_equal(plain, other)
    local format = "{{.Architecture}} {{.Config.User}} {{.Config.Cmd}} {{.Config.Entrypoint}}"
    assert.equal("arm64 ghost [] [/none]", engine:docker("inspect", "-f", format, other))
    assert.matches("^%w+  %[sh%] %[%]$", engine:docker("inspect", "-f", format, plain))
  end)
end)
