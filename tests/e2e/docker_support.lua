--- Drives the built program with a real engine: a folder of its own, test images, what is left.
local assert = require("luassert")
local engines = dofile("tests/lua/docker/engines.lua")
local json = require("core.json")
local proc = require("core.proc")
local task = require("core.task")
local support = dofile("tests/e2e/support.lua")

local M = { engines = engines, support = support }

--- Makes a folder to run in, with an engine.
---@param engine tests.Engine
function M.place(engine)
  local place = { dir = support.tempdir(), engine = engine }

  --- Writes a file of it.
  function place.write(name, text)
    support.write(place.dir .. "/" .. name, text)
  end

  --- What commands are run with: the environment names the engine.
  local function options(opts)
    local names = { docker = "DOCKER_HOST", podman = "CONTAINER_HOST" }
    local env = { [names[engine.kind] ] = engine.host, XDG_STATE_HOME = place.dir .. "/.state",
      CLNRM_DOCKER_RUNG = os.getenv("CLNRM_DOCKER_RUNG") }
    for name, value in pairs(opts and opts.env or {}) do
      env[name] = value
    end
    return { cwd = place.dir, env = env, deadline_s = opts and opts.deadline_s or 100 }
  end

  --- Runs clnrm.
  function place.clnrm(argv, opts)
    return support.run(argv, options(opts))
  end

  --- Runs a shell command, in which `clnrm` is the program.
  function place.sh(command, opts)
    return support.sh(command, options(opts))
  end

  --- Runs tests with the engine, and returns the report as it is in JSON.
  function place.run(argv, opts)
    opts = opts or {}
    local words = { "run", "-f", "json", "--backend", opts.backend or engine.kind }
    table.move(argv or {}, 1, #(argv or {}), #words + 1, words)
    local got = place.clnrm(words, opts)
    local report = json.decode(got.out)
    assert(report, got.out .. got.err)
    report.code, report.err = got.code, got.err
    return report
  end

  --- Lists what an engine still has of a run: containers, networks.
  function place.left(run)
    local list = {}
    for _, words in ipairs({ { "ps", "-aq" }, { "network", "ls", "-q" } }) do
      words[#words + 1] = "--filter"
      words[#words + 1] = "label=clnrm.run=" .. run
      for id in assert(engine:docker(table.unpack(words))):gmatch("%S+") do
        list[#list + 1] = id
      end
    end
    return list
  end

  --- Lists journals that are still there.
  function place.files()
    return support.sh("find .state/clnrm/engines -type f 2>/dev/null", { cwd = place.dir }).out
  end

  function place.close()
    support.remove(place.dir)
  end
  return setmetatable(place, { __close = place.close })
end

--- Lends an engine an address on loopback; ends with close().
---@param engine tests.Engine
---@param files? { cert: string, key: string, ca: string } of TLS; clients must show a certificate
---@return { port: integer, host: string, close: fun(self) }
function M.tcp(engine, files)
  local argv = { "python3", "-S", "tests/tools/engine_tcp.py", (engine.host:gsub("^unix://", "")) }
  if files then
    table.move({ files.cert, files.key, files.ca }, 1, 3, 5, argv)
  end
  local process = assert(proc.spawn({ argv = argv }))
  local relay = {}
  function relay.close()
    process:signal(9)
    process:wait()
  end
  for _ = 1, 60000 do
    local port = (process:stdout() or ""):match("^ready (%d+)\n")
    if port then
      relay.port, relay.host = port, "tcp://127.0.0.1:" .. port
      return setmetatable(relay, { __close = relay.close })
    end
    task.sleep(1)
  end
  local said = process:stderr()
  relay.close()
  error("engine_tcp.py did not start: " .. tostring(said))
end

--- Starts an sshd on loopback with keys of its own, and an `ssh` that knows it.
---@param dir string what it writes to
---@return { host: string, path: string, close: fun(self) } path: for PATH
function M.sshd(dir)
  local port = 20000 + tonumber(require("engine.random").hex(2), 16) % 20000
  local made = support.sh(([==[
mkdir ssh ssh/bin && cd ssh && mkdir -p /run/sshd
for name in host id; do ssh-keygen -q -t ed25519 -N '' -f $name; done
echo "[127.0.0.1]:%d $(cut -d' ' -f1,2 host.pub)" >known
cat >sshd_config <<X
ListenAddress 127.0.0.1
Port %d
HostKey $PWD/host
PidFile none
AuthorizedKeysFile $PWD/id.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 64
X
cat >config <<X
IdentityFile $PWD/id
IdentitiesOnly yes
UserKnownHostsFile $PWD/known
StrictHostKeyChecking yes
X
printf '#!/bin/sh\nexec /usr/bin/ssh -F %%s "$@"\n' $PWD/config >bin/ssh
chmod 755 bin/ssh]==]):format(port, port), { cwd = dir })
  assert(made.code == 0, made.err)
  local process = assert(proc.spawn({
    argv = { "/usr/sbin/sshd", "-D", "-e", "-f", dir .. "/ssh/sshd_config" },
  }))
  local server = {
    host = "ssh://root@127.0.0.1:" .. port, path = dir .. "/ssh/bin:" .. os.getenv("PATH"),
  }
  function server.close()
    process:signal(15)
    process:wait()
  end
  for _ = 1, 60000 do
    if (process:stderr() or ""):find("Server listening", 1, true) then
      return setmetatable(server, { __close = server.close })
    end
    task.sleep(1)
  end
  local said = process:stderr()
  server.close()
  error("sshd did not start: " .. tostring(said))
end

--- The specs of an engine with images: each is pending where they are not to be had.
---@class tests.EngineSpecs
---@field image table<string, string> references by names of tools/engines/recipes.py
---@field engine? tests.Engine
---@field why? string
---@field private busted { it: function, pending: function }
local Specs = {}
Specs.__index = Specs

--- Prepares the specs of a describe.
---@param busted { it: function, setup: function, pending: function } of the spec
---@param find fun(): tests.Engine?, string?
---@param names string[] of images
---@return tests.EngineSpecs
function M.specs(busted, find, names)
  local self = setmetatable({ image = {}, busted = busted }, Specs)
  busted.setup(function()
    self.engine, self.why = find()
    for _, name in ipairs(self.engine and names or {}) do
      self.image[name], self.why = engines.image(name, { engine = self.engine })
      self.engine = self.image[name] and self.engine
    end
  end)
  return self
end

--- Registers a spec.
function Specs:case(name, fn)
  self.busted.it(name, function()
    if not self.engine then
      self.busted.pending(self.why)
      return
    end
    fn()
  end)
end

--- Runs files, in which $name is an image, and requires that nothing is left of the run.
---@param files table<string, string> by name
---@param opts? table of place.run
---@return table report
function Specs:run_all(files, opts)
  local place <close> = M.place(self.engine)
  for name, text in pairs(files) do
    place.write(name, (text:gsub("%$(%l+)", self.image)))
  end
  local report = place.run({}, opts)
  assert.same({}, place.left(report.run.run_id))
  assert.equal("", place.files())
  return report
end

--- Runs one file, without its [meta].
---@param text string
---@param opts? table
---@return table report
function Specs:run(text, opts)
  return self:run_all({ ["a.clnrm.toml"] = '[meta]\nname = "a"\n' .. text }, opts)
end

--- Runs one file that passes.
---@param text string
---@return table result
function Specs:passes(text)
  local report = self:run(text)
  assert.equal(0, report.code, M.failure(report) .. report.err)
  return report.results[1]
end

--- The first failure of all results, as a text.
function M.failure(report)
  for _, one in ipairs(report.results) do
    if one.failures[1] then
      return ("\n%s: %s %s"):format(one.name, one.failures[1].code, one.failures[1].message)
    end
  end
  return ""
end

return M
